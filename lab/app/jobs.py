"""What workers do. Each worker process keeps one session with the relay and one database connection."""

from __future__ import annotations

import os
import smtplib
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg

from lab.app import queries
from lab.app.mail import Letter, connect
from lab.app.settings import Settings


def send_mail(**letter: Any) -> None:
    """Send one letter (the fields of `Letter`), and note it on its invoice; one that is refused for good is dropped."""
    mail = Letter(**letter)
    if _settings().job_keys == "none":
        mail = replace(mail, key=uuid4().hex)  # a letter like any other, whether it was sent before or not
    try:
        _deliver(mail)
    except smtplib.SMTPDataError:
        if _settings().job_attempts > 1:
            raise  # it is put back, though the mailbox will be as gone the next time
        return
    if mail.invoice is not None:
        _database().execute(queries.INVOICE_MAILED, (mail.tenant, mail.invoice))


def _deliver(mail: Letter) -> None:
    try:
        _session().send_message(mail.message())
    except smtplib.SMTPServerDisconnected:  # relays hang up on sessions that were quiet for long
        _hang_up()
        _session().send_message(mail.message())


def _hang_up() -> None:
    with suppress(OSError):
        _session().close()
    _session.cache_clear()


@cache
def _session() -> smtplib.SMTP:
    return connect(_settings().relay_port)


@cache
def _database() -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(_settings().database, autocommit=True, application_name="saas-worker")


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)
