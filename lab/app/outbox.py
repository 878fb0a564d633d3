"""How a letter leaves the product: handed to a worker, or sent before the request is answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

import anyio.to_thread
import redis
from rq import Queue

from lab.app import queries
from lab.app.database import Database
from lab.app.mail import Letter, connect
from lab.app.spans import span

QUEUE = "default"


class Outbox(Protocol):
    """Where handlers put letters."""

    async def post(self, letter: Letter) -> None: ...


class QueuedOutbox:
    """Enqueues a job for each letter; in a thread, because RQ's client blocks."""

    def __init__(self, url: str) -> None:
        self._queue = Queue(QUEUE, connection=redis.Redis.from_url(url))

    async def post(self, letter: Letter) -> None:
        with span("queue"):
            await anyio.to_thread.run_sync(self._enqueue, letter)

    def _enqueue(self, letter: Letter) -> None:
        self._queue.enqueue("lab.app.jobs.send_mail", kwargs=asdict(letter), result_ttl=0, description="send_mail")


class DirectOutbox:
    """Sends each letter there and then; in a thread, because smtplib blocks."""

    def __init__(self, relay_port: int, database: Database) -> None:
        self._relay_port, self._database = relay_port, database

    async def post(self, letter: Letter) -> None:
        with span("mail"):
            await anyio.to_thread.run_sync(self._send, letter)
        if letter.invoice is not None:
            await self._database.fetch(queries.INVOICE_MAILED, (letter.tenant, letter.invoice))

    def _send(self, letter: Letter) -> None:
        with connect(self._relay_port) as session:
            session.send_message(letter.message())
