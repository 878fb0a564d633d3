"""Connections that leave footprints and do not wait for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

LOCK_TIMEOUT = "10s"
_AT_ONCE = 100  # queries in a statement


def connect(conninfo: str) -> Connection:
    """A session of ours, autocommit; psycopg errors as they come."""
    connection = psycopg.connect(conninfo, autocommit=True, connect_timeout=10, application_name="rampart-seed")
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.execute("SET maintenance_work_mem = '256MB'")
    connection.execute("SET statement_timeout = 0")
    connection.execute("SET idle_in_transaction_session_timeout = 0")
    with suppress(psycopg.Error):  # not on every system: there, a killed run's last statement takes its time to end
        connection.execute("SET client_connection_check_interval = '500ms'")
    return connection


def scalar(
    connection: Connection, query: LiteralString | sql.SQL | sql.Composed, parameters: Sequence[object] | None = None
) -> Any:
    """The first column of the first row; None where there is no row.

    Only constant queries may have parameters: beside them a percent sign in an identifier would have to be doubled.
    """
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]


def scalars(connection: Connection, queries: Sequence[sql.Composable]) -> list[Any]:
    """The only value that each of these queries yields; many of them in one round trip."""
    found: list[Any] = []
    for first in range(0, len(queries), _AT_ONCE):
        parts = [sql.SQL("({})").format(one) for one in queries[first : first + _AT_ONCE]]
        found += connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(parts))).fetchone() or ()
    return found


@contextmanager
def qualified(connection: Connection) -> Iterator[None]:
    """A transaction in which the server writes every name with its schema; an outer one gets its search path back."""
    with connection.transaction():
        path = connection.execute("SELECT current_setting('search_path')").fetchone()
        connection.execute("SET LOCAL search_path = pg_catalog")
        yield
        connection.execute("SELECT set_config('search_path', %s, true)", path)
