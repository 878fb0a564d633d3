"""The counters of one database, moved by the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from probes.database import PROBE
from tests.integration.conftest import Database


def test_work_moves_its_counters(watch: Callable[..., Any], database: Database) -> None:
    probe = watch(PROBE, postgres=database.conninfo("stranger"))
    before = probe.read()
    with database.connect("shop") as connection:
        connection.execute("SET work_mem = '64kB'")
        connection.execute("SELECT n FROM generate_series(1, 50000) n ORDER BY -n")
        connection.execute("INSERT INTO items SELECT n, 1, 'note' FROM generate_series(5000, 5999) n")
        for _ in range(5):
            connection.execute("BEGIN")
            connection.execute("SELECT 1")
            connection.execute("ROLLBACK")
    database.settle()
    after = probe.read()

    def grown(name: str) -> float:
        return float(after(name) - before(name))

    assert grown("db.rollbacks") == 5
    assert grown("db.commits") >= 3
    assert grown("db.sessions_opened") == 1
    assert grown("db.temp_bytes") > 50000
    assert grown("db.wal_bytes") > 1000 * 40
    assert grown("db.blocks_hit") > 1000
    assert grown("db.deadlocks") == 0


def test_times_of_reads_are_left_out_where_the_server_takes_none(watch: Callable[..., Any], database: Database) -> None:
    timed = watch(PROBE, postgres=database.conninfo())
    assert timed.read().all("db.io_read_ms")
    assert timed.facts()["settings"]["max_connections"] == "40"
    assert "PG-NOIOTIME" not in timed.facts()["gaps"]
    with database.connect() as connection:
        connection.execute(f"ALTER DATABASE {database.name} SET track_io_timing = off".encode())
    blind = watch(PROBE, postgres=database.conninfo())
    assert not blind.read().all("db.io_read_ms")
    assert "track_io_timing" in blind.facts()["gaps"]["PG-NOIOTIME"]["reason"]
