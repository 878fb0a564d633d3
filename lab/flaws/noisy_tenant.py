"""A search without bounds, whose cost grows with the square of a tenant's size."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="noisy-tenant",
    summary="GET /tasks/search compares all that it finds, each with each, to show what is alike once",
    breaks="The largest tenant's searches take most of the one processor that all share; nobody else's are felt.",
    finding="noisy-tenant",
    tenants=100,
    users="75 to 350",
    remedy="Bound what one request may look at, and give each tenant a share of its own.",
    settings={"search_results": "folded"},
)
