"""Tasks: search, create, complete."""

from __future__ import annotations

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.folding import folded
from lab.app.mail import Letter
from lab.app.page import Parts, answer, body, mail, page
from lab.app.spans import span
from lab.app.tokens import Identity


@page
async def search(request: Request, mine: Parts, who: Identity) -> Response:
    """GET /tasks/search?q=: the 50 newest tasks whose title has the words; 422 without them."""
    words = request.query_params.get("q", "").strip()
    if not words:
        raise HTTPException(422, "q must say what to look for.")
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = (who.tenant, f"%{pattern}%")
    if mine.settings.search_results == "newest":
        return answer(who, tasks=await mine.relaxed.fetch(queries.SEARCH, values))
    found = await mine.relaxed.fetch(queries.SEARCH_ALL, values)
    with span("render"):
        tasks = await anyio.to_thread.run_sync(folded, found)
    return answer(who, tasks=tasks[:50])


@page
async def create_task(request: Request, mine: Parts, who: Identity) -> Response:
    """POST /tasks {project_id, title, body?}: 201 with the task; 404 where the project is not the tenant's."""
    given = await body(request, project_id=int, title=str)
    values = (who.user, given["title"], str(given.get("body", "")), who.tenant, given["project_id"])
    task = await mine.database.fetch_one(queries.CREATE_TASK, values)
    if task is None:
        raise HTTPException(404, "There is no such project.")
    return answer(who, 201, task=task)


@page
async def complete_task(request: Request, mine: Parts, who: Identity) -> Response:
    """POST /tasks/{id}/complete: marks it done, audits it, and tells its author by mail; 404 for another's task."""
    values = {"tenant": who.tenant, "user": who.user, "task": request.path_params["id"]}
    done = await mine.database.fetch_one(queries.COMPLETE_TASK, values)
    if done is None:
        raise HTTPException(404, "There is no such task.")
    mail(Letter(who.tenant, done["email"], f"Done: {done['title']}", "One task fewer."))
    return answer(who, task={"id": done["id"], "title": done["title"], "status": "done"})
