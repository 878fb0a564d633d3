"""Connections that are opened when they are wanted and closed after use: somebody else is to pool them.

Not psycopg_pool's AsyncNullConnectionPool, which opens one at a time: where one is kept waiting, none can be closed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

Connection = AsyncConnection[DictRow]


class Unpooled:
    """As much of an AsyncConnectionPool as the product uses."""

    def __init__(
        self, conninfo: str, configure: Callable[[Connection], Awaitable[None]], kwargs: Mapping[str, Any]
    ) -> None:
        self._conninfo, self._configure, self._kwargs = conninfo, configure, kwargs
        self._open = self._used = 0
        self._held_s = 0.0

    async def open(self, *, wait: bool, timeout: float) -> None:  # noqa: ARG002 - as a pool's
        """Connect once; psycopg.Error or TimeoutError when the server cannot be reached."""
        async with asyncio.timeout(timeout), self.connection():
            pass

    async def close(self) -> None:
        """There is nothing to close."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One of the caller's own."""
        connection: Connection = await AsyncConnection.connect(self._conninfo, **self._kwargs)
        began = time.monotonic()
        self._open, self._used = self._open + 1, self._used + 1
        try:
            await self._configure(connection)
            yield connection
        finally:
            await connection.close()
            self._open, self._held_s = self._open - 1, self._held_s + time.monotonic() - began

    def get_stats(self) -> dict[str, int]:
        """What a pool would say of it; it knows no limit and no waiting."""
        return {
            "pool_size": self._open,
            "requests_num": self._used,
            "usage_ms": round(1000 * self._held_s),
        }
