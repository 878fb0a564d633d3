"""Connections that leave footprints and do not wait for ever."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

LOCK_TIMEOUT = "10s"


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
