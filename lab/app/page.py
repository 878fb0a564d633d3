"""What every page shares: its parts, who is asking, how it answers, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lab.app import tokens
from lab.app.cache import Cache
from lab.app.database import Database
from lab.app.header import trend
from lab.app.mail import Letter
from lab.app.members import Members
from lab.app.outbox import Outbox
from lab.app.reads import Reads
from lab.app.services import Services
from lab.app.settings import Settings
from lab.app.spans import span
from lab.app.tokens import Identity


@dataclass(frozen=True, slots=True)
class Parts:
    """What handlers work with."""

    settings: Settings
    database: Database
    cache: Cache
    outbox: Outbox
    services: Services
    members: Members
    reads: Reads

    @property
    def relaxed(self) -> Database:
        """For a read that may be a moment old."""
        return self.reads.relaxed(self.database)


_LETTERS: ContextVar[list[Letter]] = ContextVar("letters")

Endpoint = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, Parts, Identity], Awaitable[Response]]


def parts(request: Request) -> Parts:
    """The parts of the application that answers `request`."""
    found: Parts = request.app.state.parts
    return found


def page(handler: Page) -> Endpoint:
    """An endpoint for people who are signed in: 401 for others."""

    async def endpoint(request: Request) -> Response:
        mine = parts(request)
        mine = replace(mine, database=mine.reads.of_request(request.method))
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        who = tokens.read(token, mine.settings.secret) if kind.lower() == "bearer" else None
        if who is None:
            raise HTTPException(401, "Sign in first.", {"WWW-Authenticate": "Bearer"})
        letters = _LETTERS.set([])
        try:
            async with mine.database.request():
                response = await handler(request, mine, who)
                if request.method == "GET" and mine.settings.header != "plain":
                    response = await _headed(mine, who, response)
            for letter in _LETTERS.get():
                await mine.outbox.post(letter)
        finally:
            _LETTERS.reset(letters)
        return response

    return endpoint


async def _headed(mine: Parts, who: Identity, response: Response) -> Response:
    if response.status_code != 200 or response.media_type != "application/json":
        return response
    header = json.dumps(await trend(mine.relaxed, who.tenant)).encode()
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(bytes(response.body)[:-1] + b',"trend":' + header + b"}", 200, kept, response.media_type)


def mail(letter: Letter) -> None:
    """Let a letter leave once the handler is through, when what it tells of is committed and no connection is held."""
    _LETTERS.get().append(letter)


def rendered(tenant: int, **content: Any) -> bytes:
    """An answer's JSON, which says whose it is."""
    with span("render"):
        text = json.dumps({"tenant": tenant, **content}, separators=(",", ":"), default=str)
        return text.encode()


def answer(who: Identity, status: int = 200, **content: Any) -> Response:
    """A JSON answer."""
    return Response(rendered(who.tenant, **content), status, media_type="application/json")


async def body(request: Request, **kinds: type) -> dict[str, Any]:
    """The JSON object of a request, with at least the given fields of the given kinds; 422 where it is not so."""
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise HTTPException(422, "The body must be a JSON object.")
    for name, kind in kinds.items():
        value = found.get(name)
        if not isinstance(value, kind) or isinstance(value, bool) or value == "":
            raise HTTPException(422, f"{name} must be given, as {kind.__name__}.")
    return found


def refused(_: Request, error: Exception) -> Response:
    """The answer to what cannot be served: 4xx, or 503 when no connection came free."""
    if isinstance(error, PoolTimeout):
        return JSONResponse({"error": "We are busy; try again shortly."}, 503, {"Retry-After": "5"})
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
