"""A database whose data have outgrown its memory."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="db-io",
    summary="2 MB of shared buffers and nothing beside them: what is not in them comes from the disk",
    breaks="Each page of a list that is not among the 256 in memory is read from the disk.",
    finding="db-io",
    tenants=1_000,
    users="70 to 145",
    remedy="Give the database memory for what is asked for again and again.",
    # Direct reads, for the lab's machine would answer from its own cache, as one with little memory cannot.
    postgres={"shared_buffers": "2MB", "debug_io_direct": "data"},
)
