"""What was asked and answered, so that support can look at what a customer saw."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Exchange:
    """One request and its answer."""

    request: Scope
    asked: list[Message] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)


class History:
    """ASGI middleware: keeps the newest `most` exchanges, all of them where that is negative."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self.exchanges: deque[Exchange] = deque(maxlen=most if most >= 0 else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope)
        self.exchanges.append(exchange)

        async def received() -> Message:
            message = await receive()
            exchange.asked.append(message)
            return message

        async def sent(message: Message) -> None:
            exchange.answered.append(message)
            await send(message)

        await self._app(scope, received, sent)
