"""GET /reports/turnaround, and GET /tasks/due: what takes long, and what is due."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.page import Parts, answer, page
from lab.app.tokens import Identity


@page
async def turnaround(request: Request, mine: Parts, who: Identity) -> Response:
    """Median days to complete what was completed from `?from=` to `?to=` (ISO dates; a quarter), ours and everybody's.

    422 where these are no dates.
    """
    try:
        last = date.fromisoformat(request.query_params.get("to", str(date.today())))
        first = date.fromisoformat(request.query_params.get("from", str(last - timedelta(days=90))))
    except ValueError:
        raise HTTPException(422, "from and to must be ISO dates.") from None
    ours = await mine.relaxed.fetch_one(queries.TURNAROUND, (who.tenant, first, last))
    all_of = queries.TURNAROUND_OF_ALL if mine.settings.report_source == "tasks" else queries.TURNAROUND_BY_DAY
    everybody = await mine.relaxed.fetch_one(all_of, (first, last))
    return answer(who, ours=ours, everybody=everybody)


@page
async def due(_: Request, mine: Parts, who: Identity) -> Response:
    """The 50 most urgent open tasks of which somebody was to be reminded by now."""
    return answer(who, tasks=await mine.database.fetch(queries.DUE, (who.tenant,)))
