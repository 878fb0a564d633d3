"""The web process: `python -m lab.app.server`, told everything by its environment."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from lab.app import stats
from lab.app.audit import audit_trail
from lab.app.cache import Cache
from lab.app.dashboard import dashboard
from lab.app.database import Database
from lab.app.exports import export
from lab.app.history import History
from lab.app.invoices import create_invoice, invoice_list
from lab.app.layout import Layout
from lab.app.limiter import Limiter
from lab.app.members import Members
from lab.app.outbox import DirectOutbox, QueuedOutbox
from lab.app.page import Parts, refused
from lab.app.projects import project_list, project_page
from lab.app.reads import Reads
from lab.app.reports import due, turnaround
from lab.app.services import Services
from lab.app.settings import Settings
from lab.app.sign_in import sign_in
from lab.app.spans import ServerTiming
from lab.app.static import script
from lab.app.tasks import complete_task, create_task, search


async def healthz(_: Request) -> JSONResponse:
    """Says that this process serves; it starts to only once its database and its cache have answered."""
    return JSONResponse({"status": "ok"})


ROUTES = [
    Route("/dashboard", dashboard),
    Route("/projects", project_list),
    Route("/projects/{id:int}", project_page),
    Route("/tasks/search", search),
    Route("/tasks", create_task, methods=["POST"]),
    Route("/tasks/{id:int}/complete", complete_task, methods=["POST"]),
    Route("/invoices", invoice_list, methods=["GET"]),
    Route("/invoices", create_invoice, methods=["POST"]),
    Route("/tasks/due", due),
    Route("/audit", audit_trail),
    Route("/reports/turnaround", turnaround),
    Route("/export", export),
    Route("/static/app.js", script),
    Route("/session", sign_in, methods=["POST"]),
    Route("/healthz", healthz),
]


def application(settings: Settings) -> ServerTiming:
    """The product. Its parts are made when the server starts it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        mine = _parts(settings)
        app.state.parts = mine
        await mine.reads.open()
        await mine.cache.redis.ping()
        watch = stats.LoopWatch()
        ticking = asyncio.create_task(watch.run())
        server = stats.serve(
            settings.stats_port,
            lambda: {"pool": mine.reads.stats(), "loop_lag_ms": watch.pop_lag_ms(), "in_flight": timing.in_flight},
            [int(port) for port in settings.peers.split(",") if port],
        )
        yield
        ticking.cancel()
        server.shutdown()
        await mine.reads.close()
        await mine.cache.redis.aclose()
        mine.services.close()

    handlers = {HTTPException: refused, PoolTimeout: refused}
    timing = ServerTiming(_in_front(settings, Starlette(routes=ROUTES, lifespan=lifespan, exception_handlers=handlers)))
    return timing


def _in_front(settings: Settings, app: ASGIApp) -> ASGIApp:
    """What answers pass on their way out, and requests on their way in."""
    app = Layout(app) if settings.answers == "templated" else app
    app = History(app, settings.kept_requests) if settings.kept_requests else app
    return Limiter(app, settings.rate_limit) if settings.rate_limit else app


def _parts(settings: Settings) -> Parts:
    database = Database(
        settings.database, settings.pool_max, settings.connection_scope, settings.pool_min, settings.prepare_after
    )
    direct = settings.mail_delivery == "direct"
    cache = Cache(settings.cache, settings.dashboard_ttl_s)
    return Parts(
        settings,
        database,
        cache,
        DirectOutbox(settings.relay_port, database) if direct else QueuedOutbox(settings.queue, settings.job_attempts),
        Services(settings.services, settings.services_plan, settings.services_client),
        Members(settings.members, database, cache.redis),
        Reads(settings.reads, database, _replica(settings)),
    )


def _replica(settings: Settings) -> Database | None:
    return Database(settings.read_database, settings.pool_max, "statement") if settings.read_database else None


def _listening(port: int) -> socket.socket:
    """A socket on `port`, which further processes of the product may share: the kernel deals out connections."""
    # The protocol is named, or asyncio would not know that small answers must not wait for acknowledgements.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    return listener


if __name__ == "__main__":
    chosen = Settings.read(os.environ)
    config = uvicorn.Config(
        application(chosen),
        access_log=False,
        log_level="warning",
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run([_listening(chosen.port)])
