"""One answer that everybody wants, kept for some seconds and made by all who find it gone."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="cache-stampede",
    summary="figures that all dashboards share expire every three seconds, and all who miss them compute them",
    breaks="GET /dashboard sends the same heavy statement a dozen times at once whenever one key expires.",
    finding="cache-stampede",
    tenants=100,
    users="50 to 120",
    remedy="Let one request compute what has expired while the others wait for it, and spread times to live.",
    settings={"comparison": "made by all"},
    settings_mended={"comparison": "made by one"},
)
