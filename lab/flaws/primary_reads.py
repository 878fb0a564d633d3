"""A replica was bought, and no line of code reads from it."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="primary-reads",
    summary="each page shows a trend that is counted then and there, all on the primary, while a replica idles",
    breaks="The primary's one core is full of reads that might be a second old; the replica's does nothing.",
    finding="primary-reads",
    tenants=100,
    users="90 to 280",
    remedy="Let reads that may be old take turns between the primary and its replica.",
    settings={"header": "trend"},
    settings_mended={"header": "trend", "reads": "shared"},
    replica={},
    own_core=True,
)
