"""GET /dashboard: a year of a tenant's work at a glance."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.page import Parts, page, rendered
from lab.app.tokens import Identity


@page
async def dashboard(_: Request, mine: Parts, who: Identity) -> Response:
    """Open and overdue tasks and revenue by day, and who was active; up to five minutes old."""

    async def make() -> bytes:
        fetch = mine.database.fetch
        burn_down = await fetch(queries.BURN_DOWN, (who.tenant,))
        revenue = await fetch(queries.REVENUE, (who.tenant,))
        activity = await fetch(queries.ACTIVITY, (who.tenant,))
        return rendered(
            who.tenant,
            first_day=burn_down[0]["day"],
            open_tasks=[row["open"] for row in burn_down],
            overdue_tasks=[row["overdue"] for row in burn_down],
            revenue_cents=[row["cents"] for row in revenue],
            activity=activity,
        )

    return Response(await mine.cache.get(f"dashboard:{who.tenant}", make), media_type="application/json")
