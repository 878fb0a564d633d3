"""KEYS on the hot path: harmless as long as there are few of them."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="cache-server",
    summary="pages look for what is known of their user with KEYS, among five keys for each user of all tenants",
    breaks="GET /dashboard, /projects and /projects/{id} make the cache's one thread walk through all keys.",
    finding="cache-server",
    tenants=10_000,
    users="45 to 105",
    remedy="Give each user one hash under a key that can be named, and never search for keys.",
    settings={"members": "searched"},
    settings_mended={"members": "hashed"},
)
