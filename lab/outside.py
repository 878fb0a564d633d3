"""The outside world: a mail relay as slow as a real one, and a file store and a tax service that take their time.

`python -m lab.outside SMTP_PORT HTTP_PORT`. These waits are what other people's services cost.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

GREETING_S = 0.300  # the relay looks the caller up before it speaks
ACCEPT_S = 0.060  # it scans and stores a message before it takes responsibility for it
SESSIONS = 6  # at once; others wait for their greeting
QUIET_S = 5.0  # it hangs up on who says nothing for so long: others want the place
SERVICE_S = 0.060
# Calls at once of those on a small plan, others of theirs wait; those who pay in full do not.
PLANS = {"trial": 1, "free": 2, "team": 3}
_GONE = re.compile(rb"8\.example>?\s*$")  # one mailbox in ten no longer exists, which the relay finds out at the end


class Relay:
    """An SMTP server that takes every message but those to mailboxes that are gone, and keeps none."""

    def __init__(self) -> None:
        self._sessions = asyncio.Semaphore(SESSIONS)
        self._seen: set[bytes] = set()
        self.delivered: Counter[str] = Counter()  # by subject; a letter that was delivered before is not again

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from greeting to QUIT."""
        try:
            async with self._sessions:
                await asyncio.sleep(GREETING_S)
                writer.write(b"220 relay.example ESMTP\r\n")
                gone = False
                while line := await asyncio.wait_for(reader.readline(), QUIET_S):
                    command = line[:4].upper()
                    gone = bool(_GONE.search(line)) if command == b"RCPT" else gone
                    writer.write(await self._answer(command, reader, writer, gone))
                    await writer.drain()
                    if command == b"QUIT":
                        break
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client went away or fell silent, as clients do
        finally:
            writer.close()

    async def _answer(
        self, command: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: bool
    ) -> bytes:
        if command in (b"EHLO", b"HELO"):
            return b"250 relay.example\r\n"
        if command == b"DATA":
            writer.write(b"354 go ahead\r\n")
            key, subject = b"", b""
            while (line := await reader.readline()) not in (b".\r\n", b""):
                key = line if line.startswith(b"Message-ID:") else key
                subject = line if line.startswith(b"Subject:") else subject
            await asyncio.sleep(ACCEPT_S)
            if not gone and key not in self._seen:
                self._seen.add(key)
                self.delivered[subject.removeprefix(b"Subject:").strip().decode()] += 1
            return b"550 no such mailbox\r\n" if gone else b"250 accepted\r\n"
        if command in (b"MAIL", b"RCPT", b"RSET", b"NOOP"):
            return b"250 ok\r\n"
        return b"221 bye\r\n" if command == b"QUIT" else b"500 what?\r\n"


_PLACES = {plan: asyncio.Semaphore(places) for plan, places in PLANS.items()}


async def _serve(request: Request) -> None:
    async with _PLACES.get(request.headers.get("x-plan", ""), nullcontext()):
        await asyncio.sleep(SERVICE_S)


async def sign_url(request: Request) -> JSONResponse:
    """A signed link to a file."""
    await _serve(request)
    name = request.query_params.get("name", "file")
    return JSONResponse({"url": f"https://files.example/{name}?signature=5f3c"})


async def tax(request: Request) -> JSONResponse:
    """The tax on an amount, in cents."""
    await _serve(request)
    return JSONResponse({"tax_cents": int(request.query_params.get("cents", "0")) * 19 // 100})


async def delivered(request: Request) -> JSONResponse:
    """How often a letter of each subject was delivered."""
    return JSONResponse(request.app.state.relay.delivered)


def application(smtp_port: int) -> Starlette:
    """The HTTP services; their life is the relay's too."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.relay = relay = Relay()
        async with await asyncio.start_server(relay.serve, "127.0.0.1", smtp_port, backlog=512):
            yield

    routes = [Route("/sign-url", sign_url), Route("/tax", tax), Route("/delivered", delivered)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        application(int(sys.argv[1])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
    )
