"""Exceptions that the scenario itself raises: Locust only logs them; here they count, wherever they are raised.

In tasks, `on_start` and wait-time functions Locust tells of them (`user_error`); those of `on_stop` and of listeners it
logs while they are handled; those of greenlets that nobody waits for end at the hub.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import gevent

from .guard import NotAllowed
from .row_values import said_by

_LONGEST = 300
_DISTINCT = 50
_SHOWN = 20
_LOGGED = "Uncaught exception in"  # how Locust's log begins where it handles one of a listener or of `on_stop`
Raised = Callable[[BaseException, TracebackType | None], None]


class Failures:
    """The scenario's exceptions by what they say and where, in the order in which they first came."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.total = 0

    def watch(self, environment: Any) -> None:
        """Hear of each exception from now on."""
        environment.events.user_error.add_listener(self.on_user_error)
        handler = _Handler(self._count)
        for logger in (logging.getLogger(), logging.getLogger("locust")):
            logger.addHandler(handler)
        _watch_hub(self._count)

    def on_user_error(self, exception: BaseException, tb: TracebackType | None, **_: Any) -> None:
        self._count(exception, tb)
        with suppress(AttributeError):
            exception.rampart_counted = True  # type: ignore[attr-defined] # it may go on to the hub

    def _count(self, exception: BaseException, tb: TracebackType | None) -> None:
        if isinstance(exception, NotAllowed):
            return  # told as a refusal
        self.total += 1
        said = shortened(" ".join(f"{type(exception).__name__}: {said_by(exception)}".split()), _LONGEST)
        key = (said, _place(tb))
        if key in self.counts or len(self.counts) < _DISTINCT:
            self.counts[key] = self.counts.get(key, 0) + 1

    def rows(self) -> list[dict[str, Any]]:
        """The first ones, for the conductor; their texts may hold secrets and are masked there."""
        first = list(self.counts.items())[:_SHOWN]
        return [{"said": said, "place": place, "count": count} for (said, place), count in first]


class _Handler(logging.Handler):
    """Finds the exception that is handled while Locust logs that it was not caught."""

    def __init__(self, raised: Raised) -> None:
        super().__init__(logging.ERROR)
        self._raised = raised

    def emit(self, record: logging.LogRecord) -> None:
        exception, tb = sys.exc_info()[1:]
        if exception is not None and str(record.msg).startswith(_LOGGED):
            self._raised(exception, tb)


def _watch_hub(raised: Raised) -> None:
    """Exceptions that end a greenlet, but for those that were counted before they did."""
    hub: Any = gevent.get_hub()
    handle_error = hub.handle_error

    def handle(context: Any, kind: Any, value: Any, tb: Any) -> None:
        if isinstance(value, Exception) and not hasattr(value, "rampart_counted"):
            raised(value, tb)
        handle_error(context, kind, value, tb)

    hub.handle_error = handle


def shortened(text: str, longest: int) -> str:
    """The beginning of a text, cut between words: of a secret that is cut the mask would not know the rest."""
    if len(text) <= longest:
        return text
    return text[:longest].rpartition(" ")[0] + " …"


def _place(tb: TracebackType | None) -> str:
    """`on_start (locustfile.py, line 9)`: the last frame that is not Locust's own."""
    frames = [frame for frame in traceback.extract_tb(tb) if "/site-packages/" not in frame.filename]
    if not frames:
        return ""
    frame = frames[-1]
    return f"{frame.name} ({frame.filename.rpartition('/')[2]}, line {frame.lineno})"
