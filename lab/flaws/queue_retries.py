"""Jobs that can never succeed and are tried again for ever."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="queue-retries",
    summary="a mail to a mailbox that is gone is put back on the queue at once, for ever",
    breaks="One mail in eight can never be delivered; each comes back for as long as workers run, and more come.",
    finding="queue-retries",
    tenants=100,
    users="20 to 60",
    remedy="Tell a refusal for good from one for now: drop the first, try the second few times with growing pauses.",
    settings={"job_attempts": 1_000_000},
)
