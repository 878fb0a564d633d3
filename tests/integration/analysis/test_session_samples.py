"""What analysis makes of a queue for one row on a real server: who waits, and whether its head works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from analysis.record.readings import Readings
from analysis.stages.operating_point import Point
from analysis.stages.session_samples import LOCK, Waits, waits
from probes import locks, sessions
from rampart.config import Target
from rampart.model import Stage
from rampart.tables import READINGS, label_text, read_batches
from scenarios.generator.table_writer import TableWriter
from tests.integration.conftest import Database

HELD_S, SESSIONS = 0.03, 6


@contextmanager
def updating(database: Database, hold: Callable[[Callable[[str], object]], None]) -> Iterator[None]:
    """Sessions that update one row in turn, and do `hold` before they commit."""
    stop = Event()

    def work() -> None:
        with database.connect("shop") as connection:
            while not stop.is_set():
                connection.execute("BEGIN")
                connection.execute("UPDATE items SET note = 'y' WHERE id = 1")
                hold(lambda sql: connection.execute(sql.encode()))
                connection.execute("COMMIT")

    threads = [Thread(target=work, daemon=True) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def seen(database: Database, path: Path) -> Waits:
    """Twenty rounds of both probes, as analysis reads them from a file."""
    target = Target("test", "http://127.0.0.1:1", postgres=database.conninfo())
    readers = [probe.connect(target) for probe in (sessions.PROBE, locks.PROBE)]
    writer = TableWriter(path / "readings-x.arrow", READINGS)
    for tick in range(20):
        for reader in readers:
            for reading in reader.read():
                writer.append((float(tick), reading.metric.name, float(reading.value), label_text(reading.labels)))
        # Uneven steps: even ones fall into step with the sessions, and then every round sees the same moment of them.
        time.sleep(HELD_S * (1.0 + 0.618 * tick % 1.0))
    writer.close()
    for reader in readers:
        reader.close()
    stage = Stage(0, 1, 1, "coarse", 0.0, 0.0, 20.0)
    return waits(Readings(read_batches(path / "readings-x.arrow")), [Point(stage, 0, 100, 0, 1.0, 5.0)])


@pytest.mark.parametrize("idle", [False, True], ids=["works", "does nothing"])
def test_a_queue_for_a_row_is_seen_with_its_head(database: Database, tmp_path: Path, idle: bool) -> None:
    def hold(execute: Callable[[str], object]) -> None:
        time.sleep(HELD_S) if idle else execute(f"SELECT pg_sleep({HELD_S})")

    with updating(database, hold):
        found = seen(database, tmp_path)
    assert found.mean(LOCK) > SESSIONS / 2
    assert found.share(LOCK) > 0.5
    assert set(found.lock_kinds) <= {"transactionid", "tuple"}
    assert {table for table, _ in found.lock_roots} - {"", "unknown"} == {"public.items"}
    assert (found.root_idle_share() > 0.5) == idle
    # Who works is idle for as long as the machine keeps it waiting between two statements, so only one side is told.
    assert found.idle_age_s > 0.2 * HELD_S or not idle
