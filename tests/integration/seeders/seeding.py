"""What the tests of the seeders share: quiet growth, and what a database holds, as values that can be compared."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from seeders.database import bulk
from seeders.growth import estimate
from seeders.growth.grow import Growth, find, grow

TABLES = ("tenants", "users", "projects", "tasks", "invoices", "invoice_lines", "audit_events")
LAB = find("lab")


def grown(conninfo: str, tenants: int, seed: int = 1) -> Growth:
    return grow(LAB, conninfo, tenants, seed, lambda fraction, text: None)


def ask(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


def content(conninfo: str) -> dict[str, tuple[int, int]]:
    """Rows and an order-free checksum of every byte of every table."""
    query = "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM {} row"
    return {table: ask(conninfo, query.format(table))[0] for table in TABLES}  # type: ignore[misc]


def catalog(conninfo: str) -> list[tuple[Any, ...]]:
    """Every index, constraint and column of ours, as the catalog defines it."""
    return ask(
        conninfo,
        """
        SELECT tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) || convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT attrelid::regclass::text, attname, format('%s %s', atttypid::regtype, attnotnull)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0
        ORDER BY 1, 2, 3""",
    )


def without_state(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row for row in rows if row[0] != "rampart_seed"]


_CHILD = """
import sys
from seeders.database import bulk
from seeders.growth import estimate
from seeders.growth.grow import find, grow
estimate.SLICE_ROWS, bulk.BULK_ROWS = int(sys.argv[3]), int(sys.argv[4])
grow(find("lab"), sys.argv[1], int(sys.argv[2]), 1, lambda fraction, text: print(text, flush=True))
"""


def child(conninfo: str, tenants: int) -> subprocess.Popen[str]:
    """A growth in a process of its own, which prints its progress."""
    sizes = [str(estimate.SLICE_ROWS), str(bulk.BULK_ROWS)]
    command = [sys.executable, "-c", _CHILD, conninfo, str(tenants), *sizes]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[3]
    )


def kill_after(conninfo: str, tenants: int, reports: int, by: signal.Signals = signal.SIGKILL) -> str:
    """Kill a growth after so many reports; its last words, "" where it ended before."""
    with child(conninfo, tenants) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout, 1):
            if number == reports:
                process.send_signal(by)
                process.wait(10)
                return line.strip()
    return ""
