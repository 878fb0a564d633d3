"""What young code does around every request: middleware that the acceptance of strange systems plants."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable
from typing import Any

from django.core.mail import get_connection, send_mail
from django.db import connection, transaction

Answer = Callable[[Any], Any]


def counts_views(get_response: Answer) -> Answer:
    """One row counts all pages, in the transaction that makes the page: its lock is held until the page is made."""

    def answered(request: Any) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE page_views SET views = views + 1")
            return get_response(request)

    return answered


def asks_outside(get_response: Answer) -> Answer:
    """A licence is asked for outside before every answer, and the thread waits."""

    def answered(request: Any) -> Any:
        with urllib.request.urlopen(os.environ["OUTSIDE"], timeout=10) as reply:
            reply.read()
        return get_response(request)

    return answered


def mails(get_response: Answer) -> Answer:
    """The boss is told of every page that is looked at, by a session with the relay of its own, before the answer."""

    def answered(request: Any) -> Any:
        relay = get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=int(os.environ["RELAY"])
        )
        send_mail("Looked at", request.path, "desk@desk.example", ["boss@desk.example"], connection=relay)
        return get_response(request)

    return answered
