"""What a seeding that was interrupted has left off in a database: read from `rampart_seed`, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from seeders.database import state
from seeders.database.connect import Connection

_OPTIONS = "-c statement_timeout=4000 -c default_transaction_read_only=on"
# A foreign key has two entries, "key" while it is off and "valid" until it is checked, and counts once.
_OFF = """
SELECT what, count(DISTINCT name) FROM (
    SELECT CASE kind WHEN 'hushed' THEN 'trigger' ELSE regexp_replace(split_part(name, ' ', 1), '^valid$', 'key') END,
           regexp_replace(name, '^valid ', 'key ')
    FROM rampart_seed WHERE kind IN ('detached', 'hushed')) one(what, name)
GROUP BY what"""
_WORDS = {"primary": "unique key", "index": "index", "key": "foreign key", "trigger": "trigger"}
_SEEDER = """
SELECT coalesce(host(client_addr), 'its own machine'), to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ')
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s AND objsubid = 1
  AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@dataclass(frozen=True, slots=True)
class LeftOff:
    """What waits to be put back."""

    off: Mapping[str, int]  # "index": how many
    seeding: str | None  # who seeds the database at this moment; None: nobody, so it was interrupted

    @property
    def words(self) -> str:
        """`2 unique keys, 1 index and 3 foreign keys`."""
        parts = [f"{count} {_plural(_WORDS[what], count)}" for what, count in self.off.items()]
        return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def left_off(conninfo: str) -> LeftOff | None:
    """What is off in the database; None where all is in place, and where the role may not look.

    ConnectionError where the server cannot be reached.
    """
    try:
        with psycopg.connect(
            conninfo, autocommit=True, connect_timeout=4, application_name="rampart-probe", options=_OPTIONS
        ) as connection:
            return _found(connection)
    except psycopg.OperationalError as error:
        raise ConnectionError(str(error)) from error
    except psycopg.Error:
        return None


def _found(connection: Connection) -> LeftOff | None:
    if not state.exists(connection):
        return None
    counted: dict[str, int] = dict(connection.execute(_OFF).fetchall())
    if not counted:
        return None
    row = connection.execute(_SEEDER, [state.LOCK]).fetchone()
    off = {what: counted[what] for what in _WORDS if what in counted}
    return LeftOff(off, f"a session from {row[0]} since {row[1]}" if row else None)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else "indexes" if word == "index" else f"{word}s"
