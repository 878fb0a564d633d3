"""The table `rampart_seed` in the target: what is held, the growth under way, and what to put back after it.

A growth is resumed from it after any interruption. It is the only table that seeding makes; removal drops it.
"""

from __future__ import annotations

from psycopg.types.json import Jsonb

from rampart.model import JSON
from seeders.database.connect import Connection, scalar

_MAKE = """
CREATE TABLE IF NOT EXISTS rampart_seed (
    kind text NOT NULL, name text NOT NULL, value jsonb NOT NULL, PRIMARY KEY (kind, name))"""
# The advisory lock that keeps two growths of one database apart.
LOCK = 0x52414D50


def lock(connection: Connection) -> None:
    """Wait for the sole right to seed this database, until the session ends; LockNotAvailable after the time-out."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])


def make(connection: Connection) -> None:
    """Create the table where it is missing."""
    connection.execute(_MAKE)


def exists(connection: Connection) -> bool:
    """Whether anything was ever seeded here."""
    return connection.execute("SELECT to_regclass('rampart_seed') IS NOT NULL").fetchone() == (True,)


def put(connection: Connection, kind: str, name: str, value: JSON) -> None:
    """Set one entry."""
    query = "INSERT INTO rampart_seed VALUES (%s, %s, %s) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value"
    connection.execute(query, [kind, name, Jsonb(value)])


def get(connection: Connection, kind: str, name: str) -> JSON | None:
    """One entry; None: there is none of that name."""
    value: JSON | None = scalar(
        connection, "SELECT value FROM rampart_seed WHERE kind = %s AND name = %s", [kind, name]
    )
    return value


def touch(connection: Connection) -> None:
    """A commit that writes something, and changes nothing."""
    connection.execute(
        "UPDATE rampart_seed SET name = name WHERE (kind, name) = (SELECT kind, name FROM rampart_seed LIMIT 1)"
    )


def claim(connection: Connection, slice_name: str) -> bool:
    """Take a slice, in the transaction that writes it; False where it is there already.

    A transaction of a killed run that has not ended yet is waited for here, so that no slice is ever written twice.
    """
    query = "INSERT INTO rampart_seed VALUES ('slice', %s, 'true') ON CONFLICT DO NOTHING"
    return connection.execute(query, [slice_name]).rowcount == 1


def claimed(connection: Connection, prefix: str) -> set[str]:
    """The slices that are there, whose names begin so, by the rest of their names."""
    query = "SELECT name FROM rampart_seed WHERE kind = 'slice' AND starts_with(name, %s)"
    return {row[0].removeprefix(prefix) for row in connection.execute(query, [prefix])}


def forget_slices(connection: Connection, prefix: str) -> None:
    connection.execute("DELETE FROM rampart_seed WHERE kind = 'slice' AND starts_with(name, %s)", [prefix])


def drop_if_empty(connection: Connection) -> None:
    """The table goes where nobody has an entry in it."""
    if connection.execute("SELECT FROM rampart_seed LIMIT 1").fetchone() is None:
        connection.execute("DROP TABLE rampart_seed")
