"""What is known of the people who use the product, copied into the cache so that each page can greet its user."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

from redis.asyncio import Redis

from lab.app.database import Database, Row
from lab.app.spans import span
from lab.app.tokens import Identity

_FIELDS = ("name", "email", "role", "since", "locale")
_COUNT = "SELECT count(*) AS people FROM users"
_NEXT = """
SELECT id, tenant_id AS tenant, name, email, role, created_at::date::text AS since, 'en' AS locale
FROM users WHERE id > %s ORDER BY id LIMIT 500"""
_LOOK_S = 1.0


class Members:
    """A copy in the cache: `hashed` has a hash for each person, `searched` a key for each of their fields."""

    def __init__(self, layout: str, database: Database, cache: Redis) -> None:
        self._layout, self._database, self._cache = layout, database, cache
        self._following: asyncio.Task[None] | None = None

    async def greet(self, who: Identity, content: bytes) -> bytes:
        """A page's JSON object with `me`, who is signed in; unchanged where nobody is copied."""
        if self._layout == "none":
            return content
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        with span("cache"):
            me = await (self._hashed(who) if self._layout == "hashed" else self._searched(who))
        return content[:-1] + b',"me":' + json.dumps(me).encode() + b"}"

    async def _hashed(self, who: Identity) -> dict[str, str]:
        found: dict[bytes, bytes] = await cast(Any, self._cache.hgetall(_key(who.tenant, who.user)))
        return {field.decode(): value.decode() for field, value in found.items()}

    async def _searched(self, who: Identity) -> dict[str, str]:
        keys = sorted(cast(list[bytes], await self._cache.keys(f"{_key(who.tenant, who.user)}:*")))
        values = cast(list[bytes | None], await self._cache.mget(keys) if keys else [])
        found = zip(keys, values, strict=True)
        return {key.decode().rpartition(":")[2]: value.decode() for key, value in found if value is not None}

    async def _follow(self) -> None:
        """Copy everybody, and again whenever there are more or fewer."""
        copied = 0
        while True:
            people = (await self._database.fetch(_COUNT, ()))[0]["people"]
            if people != copied:
                await self._copy()
                copied = people
            await asyncio.sleep(_LOOK_S)

    async def _copy(self) -> None:
        last = 0
        while people := await self._database.fetch(_NEXT, (last,)):
            if self._layout == "hashed":
                await self._keep_hashes(people)
            else:
                await self._cache.mset(
                    {f"{_key(p['tenant'], p['id'])}:{field}": p[field] for p in people for field in _FIELDS}
                )
            last = people[-1]["id"]

    async def _keep_hashes(self, people: list[Row]) -> None:
        async with self._cache.pipeline(transaction=False) as pipeline:
            for person in people:
                fields: Any = {field: person[field] for field in _FIELDS}
                pipeline.hset(_key(person["tenant"], person["id"]), mapping=fields)
            await pipeline.execute()


def _key(tenant: int, user: int) -> str:
    return f"member:{tenant}:{user}"
