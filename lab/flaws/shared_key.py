"""A key from the days of the first customer, when there was no other tenant to tell apart."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="shared-key",
    summary="all dashboards are kept under one key",
    breaks="GET /dashboard shows everybody the numbers of the tenant that asked first, and is very quick about it.",
    finding="tenant-leak",
    tenants=100,
    users="any number",
    remedy="Build the keys of the cache in one place, with the tenant as their first part.",
    settings={"dashboard_key": "dashboard"},
)
