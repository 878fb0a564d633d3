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
        self.redis: Redis = Redis.from_url(url, max_connections=500)
        self._ttl_s = ttl_s
        self._making: dict[str, asyncio.Future[bytes]] = {}

    async def get(self, key: str, make: Make, ttl_s: int | None = None) -> bytes:
        """What is kept under `key`, or what `make` gives; the key carries the tenant."""
        ttl_s = self._ttl_s if ttl_s is None else ttl_s
        if not ttl_s:
            return await make()
        with span("cache"):
            kept = cast(bytes | None, await self.redis.get(key))
            if kept is None and key in self._making:
                return await asyncio.shield(self._making[key])
        return await self._make(key, make, ttl_s) if kept is None else kept

    async def get_or_make(self, key: str, make: Make, ttl_s: int) -> bytes:
        """What is kept under `key`; all who find nothing make it, and each keeps what it has made."""
        with span("cache"):
            kept = cast(bytes | None, await self.redis.get(key))
        if kept is not None:
            return kept
        value = await make()
        with span("cache"):
            await self.redis.set(key, value, ex=ttl_s)
        return value

    async def _make(self, key: str, make: Make, ttl_s: int) -> bytes:
        self._making[key] = future = asyncio.get_running_loop().create_future()
        try:
            value = await make()
            with span("cache"):
                # Jitter, lest all that was made in one rush expires in one rush.
                await self.redis.set(key, value, ex=round(ttl_s * random.uniform(0.9, 1.1)))
            future.set_result(value)
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else RuntimeError("the maker was cancelled"))
            future.exception()  # seen, even when nobody waits
            raise
        finally:
            del self._making[key]
        return value
