"""Reads go where the verb of the request sends them, and the replica is one that is kept behind on purpose."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="lagging-replica",
    summary="each GET reads from a replica that is kept ten seconds behind, as a guard against mistakes",
    breaks="Whoever has just written something looks at the past, and does not find it.",
    finding="stale-read",
    tenants=100,
    users="any number",
    remedy="Read from a replica that follows at once, and from the primary what users come back to after a write.",
    settings={"reads": "replica"},
    settings_mended={"reads": "shared"},
    replica={"recovery_min_apply_delay": "10s"},
    severities={"weak": {"replica": {"recovery_min_apply_delay": "3s"}}},
)
