"""A limit on what one address may ask for: a bucket of tokens that fills steadily and holds a second's worth."""

from __future__ import annotations

import time

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Limiter:
    """ASGI middleware: answers 429 beyond `per_second` requests; signing in is left alone, so that people can."""

    def __init__(self, app: ASGIApp, per_second: int) -> None:
        self._app, self._per_second = app, per_second
        self._buckets: dict[str, tuple[float, float]] = {}  # by address: tokens, and when they were counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/session", "/healthz") or self._admits(scope["client"][0]):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse({"error": "Too many requests."}, 429, {"Retry-After": "1"})
        await refusal(scope, receive, send)

    def _admits(self, address: str) -> bool:
        now = time.monotonic()
        tokens, counted = self._buckets.get(address, (float(self._per_second), now))
        tokens = min(tokens + (now - counted) * self._per_second, float(self._per_second))
        self._buckets[address] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens >= 1
