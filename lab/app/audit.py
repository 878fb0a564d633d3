"""GET /audit: who did what, a page of 50 at a time."""

from __future__ import annotations

from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.page import Parts, answer, page
from lab.app.tokens import Identity


@page
async def audit_trail(request: Request, mine: Parts, who: Identity) -> Response:
    """The newest 50 events, or those before `?before=` (an ISO time); 422 where that is none."""
    before = request.query_params.get("before")
    try:
        instant = datetime.fromisoformat(before) if before else None
    except ValueError:
        raise HTTPException(422, "before must be an ISO time.") from None
    return answer(who, events=await mine.relaxed.fetch(queries.AUDIT, (who.tenant, instant)))
