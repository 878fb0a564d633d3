"""A target's own SQL that says whether it may be loaded."""

from __future__ import annotations

import psycopg
from psycopg import sql

from seeders.database.connect import scalar

_OPTIONS = "-c statement_timeout=4000 -c default_transaction_read_only=on"


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
