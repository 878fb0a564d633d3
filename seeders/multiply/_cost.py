"""What the copies would take on the disk, from the rows that are copied and the indexes that are there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import psycopg

from rampart.errors import NotReady
from seeders.database.connect import Connection
from seeders.multiply._stage import staged

_HEAP_ROW = 24 + 4  # header and line pointer; the width of a row is measured with its header
_PAGE_FILL = 0.9
_INDEXES = """
SELECT coalesce(sum(12 + 8 * ceil((SELECT sum(CASE WHEN a.attlen > 0 THEN a.attlen ELSE 28 END)
                                   FROM pg_attribute a WHERE a.attrelid = i.indexrelid) / 8.0)), 0)::float8
FROM pg_index i WHERE i.indrelid = %s"""


def bytes_of(connection: Connection, rows: Mapping[int, int]) -> int:
    """Bytes of tables and indexes for so many new rows of each table."""
    total = 0.0
    for oid, count in rows.items():
        width = _number(connection, f"SELECT avg(pg_column_size(s)) FROM (SELECT * FROM {staged(oid)} LIMIT 10000) s")
        indexes = connection.execute(_INDEXES, [oid]).fetchone()
        total += count * (width + _HEAP_ROW - 24 + (indexes[0] if indexes else 0.0) / _PAGE_FILL)
    return int(total)


def free_bytes(connection: Connection) -> int | None:
    """Room where the data lie; None: the server is elsewhere, or does not say."""
    if connection.info.hostaddr not in ("127.0.0.1", "::1", ""):
        return None
    try:
        with connection.transaction():
            row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        return shutil.disk_usage(Path(row[0])).free if row else None
    except (psycopg.Error, OSError):
        return None


def needed_bytes(connection: Connection, total: int) -> int:
    """With the write-ahead log, and room to sort indexes."""
    log = _number(connection, "SELECT pg_size_bytes(current_setting('max_wal_size'))")
    return int(total * 1.25 + min(total, log))


def check_room(needed: int, free: int | None) -> None:
    """Refuse what would fill the disk."""
    if free is not None and needed > free:
        raise NotReady(
            "the copies would not fit on the database's disk",
            f"about {needed / 1e9:,.1f} GB are needed and {free / 1e9:,.1f} GB are free",
            "Make room, or grow to fewer tenants.",
        )


def _number(connection: Connection, query: str) -> float:
    row = connection.execute(query.encode()).fetchone()
    return float(row[0] or 0) if row else 0.0
