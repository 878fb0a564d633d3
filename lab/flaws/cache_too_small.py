"""A cache that was sized for the first hundred tenants."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="cache-too-small",
    summary="the cache has memory for the dashboards of some hundred tenants",
    breaks="GET /dashboard is computed again for most who ask, because others have pushed it out meanwhile.",
    finding="cache-too-small",
    tenants=10_000,
    users="120 to 280",
    remedy="Size the memory by tenants: bytes a tenant times the tenants to come.",
    cache_memory="1900kb",
)
