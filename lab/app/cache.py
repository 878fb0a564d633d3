"""Answers that are worth keeping, in Redis, each made by one request at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import cast

from redis.asyncio import Redis

from lab.app.spans import span

Make = Callable[[], Awaitable[bytes]]


class Cache:
    """Keeps bytes for about `ttl_s` seconds; requests that want what is being made wait for it (single flight)."""

    def __init__(self, url: str, ttl_s: int) -> None:
        self.redis: Redis = Redis.from_url(url, max_connections=50)
        self._ttl_s = ttl_s
        self._making: dict[str, asyncio.Future[bytes]] = {}

    async def get(self, key: str, make: Make) -> bytes:
        """What is kept under `key`, or what `make` gives; the key carries the tenant."""
        if not self._ttl_s:
            return await make()
        with span("cache"):
            kept = cast(bytes | None, await self.redis.get(key))
            if kept is None and key in self._making:
                return await asyncio.shield(self._making[key])
        return await self._make(key, make) if kept is None else kept

    async def _make(self, key: str, make: Make) -> bytes:
        self._making[key] = future = asyncio.get_running_loop().create_future()
        try:
            value = await make()
            with span("cache"):
                # Jitter, lest all that was made in one rush expires in one rush.
                await self.redis.set(key, value, ex=round(self._ttl_s * random.uniform(0.9, 1.1)))
            future.set_result(value)
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else RuntimeError("the maker was cancelled"))
            future.exception()  # seen, even when nobody waits
            raise
        finally:
            del self._making[key]
        return value
