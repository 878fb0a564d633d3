"""What a database does while its application is asked, beside what it does anyway: whether it is the one behind it.

Counters are read right before and right after each request, and over windows of the same length in which nothing is
asked, in turn. A request moves a counter only if every request moved it further than every window without one, by more
than those differ among themselves: other work would have to fall into all of the one kind and none of the other.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import LiteralString

import psycopg

from seeders.database.connect import Connection, scalar

SETTLE_S = 0.3  # after an answer, until a server process has reported what it did
_PAUSE_S = (0.4, 0.7)  # between windows, never the same: no clockwork keeps step. A process reports once a second.

Moved = Mapping[str, float]  # by what is counted, how far it moved in a window

_STATEMENTS: LiteralString = """
SELECT sum(calls)::float8 FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_COUNTERS: LiteralString = """
SELECT (xact_commit + xact_rollback)::float8, tup_returned::float8 FROM pg_stat_database
WHERE datname = current_database()"""
_SESSIONS: LiteralString = """
SELECT count(*)::float8 FROM pg_stat_activity
WHERE datname = current_database() AND application_name !~ '^rampart' AND backend_type = 'client backend'
  AND (state_change > %s OR state = 'active')"""


def work_seen(connection: Connection, ask: Callable[[], object], requests: int) -> str | None:
    """What so many requests make the database do, in words; None: nothing that it does not do anyway."""
    _window(connection, int)  # our own first look reads more of the catalog than any later one
    idle, asked, length = [_window(connection, partial(time.sleep, SETTLE_S))], [], SETTLE_S
    for _ in range(requests):
        _pause()
        began = time.monotonic()
        asked.append(_window(connection, ask))
        length = max(time.monotonic() - began - SETTLE_S, 0.01)
        _pause()
        idle.append(_window(connection, partial(time.sleep, length)))
    return moved_by_requests(idle, asked)


def moved_by_requests(idle: Sequence[Moved], asked: Sequence[Moved]) -> str | None:
    """The first counter that the requests moved, and how far; None: none of them."""
    for name in [name for name in idle[0] if asked and all(name in one for one in (*idle, *asked))]:
        still, moved = [one[name] for one in idle], [one[name] for one in asked]
        if min(moved) - max(still) > max(still) - min(still):
            return f"{min(moved) - max(still):,.0f} more {name} in each request than at any time without one"
    return None


def _pause() -> None:
    time.sleep(random.uniform(*_PAUSE_S))


def _window(connection: Connection, act: Callable[[], object]) -> Moved:
    since = scalar(connection, "SELECT clock_timestamp()")
    before = _counters(connection)
    act()
    time.sleep(SETTLE_S)
    after = _counters(connection)
    moved = {name: after[name] - before[name] for name in before.keys() & after.keys()}
    return moved | {"sessions at work": float(scalar(connection, _SESSIONS, [since]))}


def _counters(connection: Connection) -> dict[str, float]:
    """Our own share is the same in every window, so it cancels out."""
    with suppress(psycopg.Error):  # before version 15 our own report comes when it comes, and widens what is idle
        connection.execute("SELECT pg_stat_force_next_flush()")
    found = {}
    with suppress(psycopg.Error):  # no such extension, or not for us
        calls = scalar(connection, _STATEMENTS)
        found = {} if calls is None else {"statements": calls}
    commits, rows = connection.execute(_COUNTERS).fetchone() or (0.0, 0.0)
    return found | {"transactions": commits, "rows read": rows}
