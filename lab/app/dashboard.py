"""GET /dashboard: a year of a tenant's work at a glance."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from lab.app import comparison, queries
from lab.app.page import Parts, page, rendered
from lab.app.tokens import Identity

_FRESH = {"Cache-Control": "private, max-age=60"}


@page
async def dashboard(_: Request, mine: Parts, who: Identity) -> Response:
    """Open and overdue tasks and revenue by day, and who was active; up to five minutes old."""

    async def make() -> bytes:
        fetch = mine.relaxed.fetch
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

    board = await mine.cache.get(mine.settings.dashboard_key.format(tenant=who.tenant), make)
    if mine.settings.comparison != "none":
        board = board[:-1] + b',"others":' + await _others(mine) + b"}"
    return Response(await mine.members.greet(who, board), media_type="application/json", headers=_FRESH)


async def _others(mine: Parts) -> bytes:
    """The same figures for the product as a whole, a few seconds old."""

    async def make() -> bytes:
        return json.dumps(await comparison.comparison(mine.relaxed)).encode()

    get = mine.cache.get if mine.settings.comparison == "made by one" else mine.cache.get_or_make
    return await get(comparison.KEY, make, comparison.TTL_S)
