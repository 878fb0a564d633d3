"""One worker, as on the day when the queue was introduced."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="workers",
    summary="a single worker serves the queue",
    breaks="Jobs arrive faster than one worker sends mail, so the queue grows while every request is still quick.",
    finding="workers",
    tenants=100,
    users="115 to 180",
    remedy="Run as many workers as the job rate times the time of a job, and some to spare.",
    workers=1,
)
