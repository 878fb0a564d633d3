"""Where the time of a request went, for its `Server-Timing` header."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SPENT: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)


@contextmanager
def span(name: str) -> Iterator[None]:
    """Add the time of the block to the part `name` of the current request."""
    began = time.perf_counter()
    try:
        yield
    finally:
        spent = _SPENT.get()
        if spent is not None:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began


class ServerTiming:
    """ASGI middleware: sends the parts and their total in milliseconds, and counts the requests in flight."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        spent: dict[str, float] = {}
        _SPENT.set(spent)
        began = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent["total"] = time.perf_counter() - began
                text = ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in spent.items())
                message["headers"].append((b"server-timing", text.encode()))
            await send(message)

        self.in_flight += 1
        try:
            await self._app(scope, receive, send_timed)
        finally:
            self.in_flight -= 1
