"""Kill a growth at random moments with SIGKILL, resume it, and compare with one that nobody disturbed."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import psycopg

from benchmarks._seed_rivals import LAB, SCHEMA, TABLES, make, quiet
from benchmarks._seed_server import Server
from seeders.growth.grow import grow, remove

_CHILD = """
import sys
from seeders.growth.grow import find, grow
grow(find("lab"), sys.argv[1], int(sys.argv[2]), 1, lambda fraction, text: None)
"""


def checksums(conninfo: str) -> list[tuple[object, ...]]:
    """Rows and an order-free checksum of every table, and every index and constraint."""
    query = "SELECT count(*), sum(hashtextextended(row::text, 0)::numeric) FROM {} row"
    catalog = """SELECT indexdef FROM pg_indexes WHERE tablename <> 'rampart_seed' UNION ALL
                 SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
                 WHERE conrelid <> 'rampart_seed'::regclass ORDER BY 1"""
    with psycopg.connect(conninfo) as connection:
        sums = [row for table in TABLES for row in connection.execute(query.format(table).encode()).fetchall()]
        return sums + connection.execute(catalog.encode()).fetchall()


def kills(server: Server, tenants: int, wanted: int, seed: int) -> tuple[int, bool]:
    """How often it was killed in fact, and whether the end was the same."""
    direct, killed = (make(server, name, SCHEMA) for name in ("kills_direct", "kills_killed"))
    started = time.perf_counter()
    grow(LAB, direct, tenants, 1, quiet)
    usual = time.perf_counter() - started
    lots, done = random.Random(seed), 0
    while done < wanted:
        if _killed(killed, tenants, lots.uniform(0.6, 0.6 + usual / 4)):
            remove(LAB, killed)  # it reached the end between two kills: the rest are spent on another growth
        else:
            done += 1
    grow(LAB, killed, tenants, 1, quiet)
    return done, checksums(direct) == checksums(killed)


def _killed(conninfo: str, tenants: int, seconds: float) -> bool:
    child = subprocess.Popen([sys.executable, "-c", _CHILD, conninfo, str(tenants)])
    try:
        child.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False
