"""A small real product on Postgres and Valkey that misbehaves when it is told to: `product.py PORT DSN CACHE FOLDER`.

`mode` in the folder says how it answers from the next request on; `answers` gets the time of each exchange that it has
ended, so that what was recorded can be compared with it.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from redis.asyncio import Redis

_ORDERS = "SELECT id, amount FROM orders WHERE customer = %s ORDER BY id DESC LIMIT 20"


class Product:
    """Answers `/orders?customer=N` from Postgres, and all else from the cache."""

    def __init__(self, pool: AsyncConnectionPool, cache: Redis, folder: Path) -> None:
        self._pool, self._cache, self._mode = pool, cache, folder / "mode"
        self._answers = (folder / "answers").open("ab", buffering=0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                if not await self._answer(path, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        mode = self._mode.read_text()
        if mode == "hang":
            await asyncio.sleep(3600)
        if mode == "garbage":
            writer.write(os.urandom(400) + b"\n")
        elif mode == "half":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"x" * 1000)
        elif mode != "closed":
            status, body = (int(mode), "no") if mode.isdigit() else await self._page(path)
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        if mode != "closed":  # clients send such a request again by themselves, and tell of both as one
            self._answers.write(struct.pack("d", time.monotonic()))
        return mode not in ("garbage", "half", "closed")

    async def _page(self, path: str) -> tuple[int, str]:
        try:
            if path.startswith("/orders"):
                customer = int(parse_qs(urlsplit(path).query)["customer"][0])
                async with self._pool.connection(timeout=5) as connection:
                    rows = await (await connection.execute(_ORDERS, [customer])).fetchall()
                return 200, str(rows)
            return 200, str(await self._cache.incr(f"seen:{path}"))
        except (psycopg.Error, PoolTimeout, redis.RedisError, OSError) as error:
            return 500, type(error).__name__


async def main() -> None:
    port, conninfo, cache, folder = sys.argv[1:5]
    keyword = {"autocommit": True, "application_name": "product"}
    async with (
        AsyncConnectionPool(conninfo, min_size=4, max_size=4, kwargs=keyword, open=False) as pool,
        Redis.from_url(cache) as client,
    ):
        product = Product(pool, client, Path(folder))
        server = await asyncio.start_server(product.serve, "127.0.0.1", int(port))
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
