"""An expensive answer that is computed again for everybody who looks at it."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="cache-missing",
    summary="the dashboard is computed on every view",
    breaks="GET /dashboard spends tens of milliseconds of the database's processor on an answer it gave just before.",
    finding="cache-missing",
    tenants=100,
    users="75 to 260",
    remedy="Keep each tenant's dashboard for a few minutes, made by one request at a time.",
    settings={"dashboard_ttl_s": 0},
)
