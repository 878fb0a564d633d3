"""What new rows take on the server's disk, and whether it has room."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg

from rampart.errors import NotReady
from seeders.database.connect import Connection, scalar

_PAGE_FILL = 0.9  # of an index page
_INDEXES = """
SELECT coalesce(sum(12 + 8 * ceil((SELECT sum(CASE WHEN a.attlen > 0 THEN a.attlen ELSE 28 END)
                                   FROM pg_attribute a WHERE a.attrelid = i.indexrelid) / 8.0)), 0)::float8
FROM pg_index i WHERE i.indrelid = %s"""


def index_row_bytes(connection: Connection, table: int) -> float:
    """What a row of the table with this oid takes in all its indexes, bytes."""
    return float(scalar(connection, _INDEXES, [table])) / _PAGE_FILL


def log_bytes(connection: Connection, total: int) -> int:
    """What the write-ahead log of so many bytes takes: it is cut off where it has grown to its limit."""
    return min(total, int(scalar(connection, "SELECT pg_size_bytes(current_setting('max_wal_size'))")))


def free_bytes(connection: Connection) -> int | None:
    """Room where the data lie; None: the server is elsewhere, or does not say."""
    if connection.info.hostaddr not in ("127.0.0.1", "::1", ""):
        return None
    try:
        with connection.transaction():
            folder = scalar(connection, "SELECT current_setting('data_directory')")
        return shutil.disk_usage(Path(folder)).free
    except (psycopg.Error, OSError):
        return None


def check_room(what: str, needed: int, free: int | None) -> None:
    """Refuse what would fill the disk."""
    if free is not None and needed > free:
        raise NotReady(
            f"{what} would not fit on the database's disk",
            f"about {needed / 1e9:,.1f} GB are needed and {free / 1e9:,.1f} GB are free",
            "Make room, or grow to fewer tenants.",
        )
