"""A shop of twenty lines: nothing of the lab is in it, and its orders were never indexed by customer."""

import os
from contextlib import asynccontextmanager

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

pool = AsyncConnectionPool(os.environ["SHOP_DSN"], min_size=8, max_size=8, open=False)


async def orders(request):  # type: ignore[no-untyped-def]
    async with pool.connection() as connection:
        sql = "SELECT id, amount FROM orders WHERE customer = %s ORDER BY id DESC LIMIT 20"
        rows = await (await connection.execute(sql, [request.query_params["customer"]])).fetchall()
    return JSONResponse([{"id": key, "amount": float(amount)} for key, amount in rows])


async def product(request):  # type: ignore[no-untyped-def]
    async with pool.connection() as connection:
        sql = "SELECT name FROM products WHERE id = %s"
        row = await (await connection.execute(sql, [request.path_params["id"]])).fetchone()
    return JSONResponse({"name": row and row[0]})


@asynccontextmanager
async def life(_app):  # type: ignore[no-untyped-def]
    async with pool:
        yield


app = Starlette(routes=[Route("/orders", orders), Route("/products/{id:int}", product)], lifespan=life)
