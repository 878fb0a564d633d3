"""An advisory lock in the target's Postgres that keeps two runs apart, also from two machines.

It is one of a transaction, which stays open and idle: behind a pooler a session's lock would outlive its run. Without a
snapshot and a transaction id it holds back neither vacuum nor the building of an index.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import psycopg

from seeders.database.connect import Connection

_LOCK = 1380011345  # one for the database: other ways to reach it are the same load
# Without a parameter: the portal of a statement that has one stays open, and with it a snapshot.
_TRY = "SELECT pg_try_advisory_xact_lock(1380011345)"
_HOLDER = """
SELECT coalesce(host(client_addr), 'its own machine'), to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ')
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s AND objsubid = 1"""


@dataclass(frozen=True, slots=True)
class Held:
    """Another session has the lock."""

    shown: str  # who and since when


def release(connection: Connection) -> None:
    """Give the lock back: when this returns the next may have it, which a mere close does not wait for."""
    with suppress(psycopg.Error):
        connection.rollback()
    connection.close()


def take(conninfo: str) -> Connection | Held | None:
    """The session that holds the lock until it is closed, or who holds it; None where the server lets nobody in.

    What else such a server costs a run is said by its probes.
    """
    with suppress(psycopg.Error):
        connection = psycopg.connect(conninfo, connect_timeout=4, application_name="rampart-probe")  # counted as ours
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if connection.execute(_TRY).fetchone() == (True,):
            return connection
        row = connection.execute(_HOLDER, [_LOCK]).fetchone()
        connection.close()
        return Held(f"a session from {row[0]} has its lock since {row[1]}" if row else "it has just begun")
    return None
