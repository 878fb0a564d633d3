"""GET /projects and GET /projects/{id}."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.database import Database, Row
from lab.app.page import Parts, page, rendered
from lab.app.tokens import Identity


@page
async def project_list(_: Request, mine: Parts, who: Identity) -> Response:
    """The 25 newest projects, each with its owner, its open tasks and the faces behind the newest five."""
    load = _lazy if mine.settings.project_loading == "lazy" else _joined
    content = rendered(who.tenant, projects=await load(mine.database, who.tenant))
    return await _greeting(mine, who, content)


async def _joined(database: Database, tenant: int) -> list[Row]:
    return await database.fetch(queries.PROJECTS, (tenant,))


async def _lazy(database: Database, tenant: int) -> list[Row]:
    projects = await database.fetch(queries.PROJECT_ROWS, (tenant,))
    for project in projects:
        key = (tenant, project["id"])
        project["owner"] = await _name(database, tenant, project.pop("owner_id"))
        project["open_tasks"] = (await database.fetch(queries.OPEN_TASKS, key))[0]["open_tasks"]
        newest = await database.fetch(queries.NEWEST_TASKS, key)
        ids = [task["assignee_id"] for task in newest if task["assignee_id"] is not None]
        project["faces"] = [await _name(database, tenant, user) for user in ids]
    return projects


async def _name(database: Database, tenant: int, user: int) -> str:
    return str((await database.fetch(queries.USER_NAME, (tenant, user)))[0]["name"])


@page
async def project_page(request: Request, mine: Parts, who: Identity) -> Response:
    """A project, its newest 50 tasks with their assignees, and a link to its files; 404 for another's project."""
    number: int = request.path_params["id"]

    async def make() -> bytes:
        key = (who.tenant, number)
        project = await mine.database.fetch_one(queries.PROJECT, key)
        if project is None:
            raise HTTPException(404, "There is no such project.")
        tasks = await mine.database.fetch(queries.PROJECT_TASKS, key)
        files = await mine.services.sign_url(f"projects/{number}")
        return rendered(who.tenant, project=project, tasks=tasks, files=files)

    content = await mine.cache.get(f"project:{who.tenant}:{number}", make, mine.settings.project_ttl_s)
    return await _greeting(mine, who, content)


async def _greeting(mine: Parts, who: Identity, content: bytes) -> Response:
    return Response(await mine.members.greet(who, content), media_type="application/json")
