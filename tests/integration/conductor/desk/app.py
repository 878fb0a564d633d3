"""A help desk whose page of a ticket asks the database six times, one statement after the other."""

import os
from contextlib import asynccontextmanager

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

pool = AsyncConnectionPool(os.environ["DESK_DSN"], min_size=3, max_size=3, open=False, timeout=60)


async def ticket(request):  # type: ignore[no-untyped-def]
    names = []
    async with pool.connection() as connection:
        for table in ("tickets", "people", "teams", "tickets", "people", "teams"):
            sql = f"SELECT name FROM {table} WHERE id = %s"
            names.append(await (await connection.execute(sql, [request.path_params["id"]])).fetchone())
    return JSONResponse(names)


@asynccontextmanager
async def life(_app):  # type: ignore[no-untyped-def]
    async with pool:
        yield


app = Starlette(routes=[Route("/tickets/{id:int}", ticket)], lifespan=life)
