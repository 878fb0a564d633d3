"""A client that blocks, called where everything else waits its turn."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="event-loop-blocked",
    summary="outside services are called by a blocking client within the event loop",
    breaks="GET /projects/{id} and POST /invoices stop every request of the process for the 60 ms of an outside call.",
    finding="event-loop-blocked",
    tenants=100,
    users="55 to 80",
    remedy="Await the call, or make it in a thread.",
    settings={"services_client": "blocking"},
)
