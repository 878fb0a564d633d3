"""How a letter leaves the product: handed to a worker, or sent before the request is answered."""

from __future__ import annotations

import smtplib
from dataclasses import asdict
from typing import Protocol

import anyio.to_thread
import redis
from rq import Queue, Retry

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

    def __init__(self, url: str, attempts: int) -> None:
        self._queue = Queue(QUEUE, connection=redis.Redis.from_url(url))
        self._retry = Retry(max=attempts - 1) if attempts > 1 else None

    async def post(self, letter: Letter) -> None:
        with span("queue"):
            await anyio.to_thread.run_sync(self._enqueue, letter)

    def _enqueue(self, letter: Letter) -> None:
        self._queue.enqueue(
            "lab.app.jobs.send_mail",
            kwargs=asdict(letter),
            result_ttl=0,
            description="send_mail",
            retry=self._retry,
        )


class DirectOutbox:
    """Sends each letter there and then; in a thread, because smtplib blocks."""

    def __init__(self, relay_port: int, database: Database) -> None:
        self._relay_port, self._database = relay_port, database

    async def post(self, letter: Letter) -> None:
        with span("mail"):
            taken = await anyio.to_thread.run_sync(self._send, letter)
        if taken and letter.invoice is not None:
            await self._database.fetch(queries.INVOICE_MAILED, (letter.tenant, letter.invoice))

    def _send(self, letter: Letter) -> bool:
        with connect(self._relay_port) as session:
            try:
                session.send_message(letter.message())
            except smtplib.SMTPDataError:  # the mailbox is gone, and nothing that we do brings it back
                return False
        return True
