"""A queue that lives in memory alone."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="lost-job",
    summary="the queue keeps nothing on disk",
    breaks="Whatever waits in the queue when its server ends is gone, and nobody is told.",
    finding="lost-job",
    tenants=100,
    users="any number, when the queue's server is restarted",
    remedy="Have the queue's server log what it holds (appendonly yes, appendfsync always), or write jobs with the "
    "data they belong to.",
    queue_on_disk=False,
)
