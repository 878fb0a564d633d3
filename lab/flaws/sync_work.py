"""Mail that is sent while the person who caused it waits."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="sync-work",
    summary="mail is sent inside the request, over a new session with the relay each time",
    breaks="POST /invoices and POST /tasks/{id}/complete take as long as the relay does, and it serves six at once.",
    finding="sync-work",
    tenants=100,
    users="145 to 295",
    remedy="Enqueue the mail, and let workers that keep their session with the relay send it.",
    settings={"mail_delivery": "direct"},
    instead_of=("queue-retries", "workers"),  # no mail is put on the queue
)
