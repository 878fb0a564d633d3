"""The product's connections to Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import AsyncConnectionPool

from lab.app.spans import span
from lab.app.unpooled import Connection, Unpooled

Row = dict[str, Any]
Values = Sequence[Any] | Mapping[str, Any]
_CURRENT: ContextVar[Connection | None] = ContextVar("current", default=None)


class Database:
    """A pool. Each statement is a transaction of its own, so writes that belong together are one statement."""

    def __init__(self, conninfo: str, pool_max: int, scope: str, pool_min: int = 0, prepare_after: int = 5) -> None:
        self._per_request, self._in_transaction = scope != "statement", scope == "transaction"
        options: dict[str, Any] = {
            "autocommit": True,
            "row_factory": dict_row,
            "application_name": "saas",
            "prepare_threshold": prepare_after or None,
        }
        self.pool: AsyncConnectionPool[Connection] | Unpooled
        if not pool_max:
            self.pool = Unpooled(conninfo, _configure, options)
            return
        self.pool = AsyncConnectionPool(
            conninfo,
            min_size=pool_min or pool_max,
            max_size=pool_max,
            open=False,
            timeout=20,
            configure=_configure,
            kwargs=options,
        )

    async def open(self) -> None:
        """Connect; raises PoolTimeout when the server cannot be reached."""
        await self.pool.open(wait=True, timeout=10)

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """The life of one request."""
        if not self._per_request:
            yield
            return
        async with self._connection() as connection:
            reset = _CURRENT.set(connection)
            try:
                async with connection.transaction() if self._in_transaction else nullcontext():
                    yield
            finally:
                _CURRENT.reset(reset)

    async def fetch(self, statement: str, values: Values) -> list[Row]:
        """The rows of a statement."""
        current = _CURRENT.get()
        if current is not None:
            return await _run(current, statement, values)
        async with self._connection() as connection:
            return await _run(connection, statement, values)

    async def fetch_one(self, statement: str, values: Values) -> Row | None:
        """The first row of a statement, or None."""
        rows = await self.fetch(statement, values)
        return rows[0] if rows else None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with AsyncExitStack() as held:
            with span("pool"):
                connection = await held.enter_async_context(self.pool.connection())
            yield connection


async def _configure(connection: Connection) -> None:
    # psycopg sends the smallest integer type that holds a value, and the server would prepare and count one statement
    # for each: all keys are sent as what they are.
    connection.adapters.register_dumper(int, Int8Dumper)


async def _run(connection: Connection, statement: str, values: Values) -> list[Row]:
    with span("db"):
        cursor = await connection.execute(statement, values)
        return await cursor.fetchall() if cursor.description else []
