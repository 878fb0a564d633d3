"""A target's own SQL that says whether it may be loaded, and the rows of `rampart_marker` that say whose it is."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from rampart.errors import NotReady
from seeders.database.connect import Connection, scalar

_OPTIONS = "-c statement_timeout=4000 -c default_transaction_read_only=on"
_ROWS = "SELECT to_jsonb(m) FROM rampart_marker m LIMIT 100"


def holds(conninfo: str, marker: str) -> bool:
    """Whether the query returns true, read-only and within seconds; ConnectionError where the server says nothing."""
    try:
        with psycopg.connect(
            conninfo, autocommit=True, connect_timeout=4, application_name="rampart-probe", options=_OPTIONS
        ) as connection:
            try:
                return scalar(connection, sql.SQL(marker)) is True
            except psycopg.OperationalError:
                raise
            except psycopg.Error:  # the table that it reads is not there: not a system of ours
                return False
    except psycopg.Error as error:
        raise ConnectionError(str(error)) from error


def check_marker_rows(connection: Connection, target: str) -> None:
    """NotReady where a marker row says no beside one that says yes, or names other targets and not this one."""
    if scalar(connection, "SELECT to_regclass('rampart_marker') IS NULL"):
        return
    rows: list[dict[str, Any]] = [row for (row,) in connection.execute(_ROWS)]
    said = {row.get("may_be_load_tested") for row in rows}
    if len(said) > 1:
        raise NotReady(
            "the database's marker rows disagree", f"rampart_marker has {len(rows)} rows, and not all say yes",
            "Find out who said no. If the database is yours to fill, leave one row in rampart_marker.",
        )  # fmt: skip
    names = {str(row["target"]) for row in rows if row.get("target") is not None}
    if names and target not in names:
        raise NotReady(
            "the database is another target's",
            f"its marker names {', '.join(sorted(names))}, and the target file is of {target}",
            "Correct `postgres` in the target file; or if this is its database, name the target in rampart_marker.",
        )  # fmt: skip
