"""Recorded runs with a planted truth, and all that can be wrong with one: an outcome for each, never a crash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.record.readings import Readings
from analysis.verdict.analyse import analyse
from rampart.model import JSON, Counter, Role
from rampart.runs import Run
from rampart.tables import READINGS, label_text, read_batches
from rampart.verdict import Verdict
from scenarios.generator.table_writer import TableWriter
from tests.planted.recording import Plan, record

MAIL = Plan(where="mail", unloaded_ms=120.0, work_ms=100.0)
DATABASE = label_text({"role": "db"})
SCAN = label_text({"statement": "11"})
TABLE = label_text({"table": "public.orders"})
COUNTED = Counter("c", "db", Role.DEMAND, "1", "what is counted", ("s",))


def verdict(folder: Path, plan: Plan, facts: JSON | None = None) -> Verdict:
    run = record(folder, plan)
    if facts:
        run.write_json("statements.json", facts)
    return analyse(run)


def test_mail_in_the_request_is_named_with_its_knee(tmp_path: Path) -> None:
    found = verdict(tmp_path, MAIL)
    assert found.outcome == "bottleneck"
    assert found.first.id == "sync-work"
    knee = found.capacity[0].knee_users
    assert knee.low <= 100 * 1.12 <= knee.high


def test_an_outside_service_is_not_called_mail(tmp_path: Path) -> None:
    assert verdict(tmp_path, Plan(where="downstream")).first.id == "downstream"


def test_a_ramp_that_never_bends_reports_not_reached(tmp_path: Path) -> None:
    found = verdict(tmp_path, Plan(limit_rps=1e9))
    assert (found.outcome, found.first) == ("not_reached", None)
    assert found.capacity[0].knee_users is None
    assert "240 users" in found.sentence


def test_a_knee_that_nothing_explains_is_inconclusive(tmp_path: Path) -> None:
    found = verdict(tmp_path, Plan(where="other"))
    assert (found.outcome, found.first) == ("inconclusive", None)


def test_a_full_generator_is_the_verdict(tmp_path: Path) -> None:
    def full(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("generator.cpu_s", label_text({"writer": "1"})): min(rate / 100, 1.0)}

    found = verdict(tmp_path, Plan(counters=full))
    assert found.outcome in ("generator_limited", "invalid")
    assert found.first is None


def scanning(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
    """One statement per ten requests reads a table of a million rows whole and fills the host."""
    calls = 0.1 * rate
    return {
        ("db.statement.calls", SCAN): calls,
        ("db.statement.exec_ms", SCAN): calls * (150 + max(latency - 40, 0)),
        ("db.statement.rows", SCAN): calls * 5,
        ("db.table.seq_scans", TABLE): calls,
        ("db.table.seq_rows", TABLE): calls * 1e6,
        ("db.table.index_rows", TABLE): 10.0,
        ("host.cpu_busy_s", "{}"): min(2.0, 2.0 * rate / 100),
        ("role.cpu_s", DATABASE): min(1.7, 1.7 * rate / 100),
    }


FACTS: JSON = {
    "statements": {"11": {"text": "SELECT * FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2", "plan": None}},
    "tables": {"public.orders": {"rows": 1e6, "indexes": ["CREATE UNIQUE INDEX k ON public.orders USING btree (id)"]}},
}


def test_a_missing_index_is_named_by_table_and_column_and_waiting_elsewhere_is_its_symptom(tmp_path: Path) -> None:
    found = verdict(tmp_path, Plan(where="pool", counters=scanning, unloaded_ms=40.0), FACTS)
    assert found.first.id == "missing-index"
    assert found.first.resource == "public.orders (customer_id)"
    assert found.first.remedy.sql == "CREATE INDEX CONCURRENTLY ON public.orders (customer_id, id);"


def test_an_index_that_exists_is_not_missing(tmp_path: Path) -> None:
    facts = json.loads(json.dumps(FACTS))
    facts["tables"]["public.orders"]["indexes"].append("CREATE INDEX c ON public.orders USING btree (customer_id)")
    found = verdict(tmp_path, Plan(where="pool", counters=scanning, unloaded_ms=40.0), facts)
    assert "missing-index" not in [f.id for f in found.ranked]


def test_a_growing_queue_is_a_bottleneck_although_latency_is_fine(tmp_path: Path) -> None:
    backlog = {"jobs": 0.0}

    def jobs(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("queue.completed", label_text({"queue": "mail"})): min(0.1 * rate, 10.0)}

    def depth(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        backlog["jobs"] = max(backlog["jobs"] + 0.1 * rate - 10.0, 0.0)
        queue = label_text({"queue": "mail"})
        return {("queue.ready", queue): backlog["jobs"], ("queue.workers", queue): 2, ("queue.workers_busy", queue): 2}

    found = verdict(tmp_path, Plan(users=(15, 30, 60, 120, 240), limit_rps=1e9, counters=jobs, gauges=depth))
    assert found.first.id == "workers"
    assert found.capacity[0].knee_users is None
    assert 60 <= found.first.limit_users <= 130


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    run = record(tmp_path, Plan(where="pool", counters=scanning, unloaded_ms=40.0))
    run.write_json("statements.json", FACTS)
    assert analyse(run) == analyse(Run.open(run.folder))


DEGENERATE = {
    "no stage at all": Plan(users=()),
    "one stage": Plan(users=(15,)),
    "two stages": Plan(users=(15, 30)),
    "three requests in a stage": Plan(users=(1, 2, 3), seconds=1.0, think_s=1.0),
    "all errors": Plan(error_ratio=1.0),
    "no request": Plan(limit_rps=1e-9),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_recordings_name_nothing(tmp_path: Path, name: str) -> None:
    found = verdict(tmp_path, DEGENERATE[name])
    assert found.first is None
    assert found.outcome in ("invalid", "not_reached", "inconclusive", "target_failed")
    assert found.sentence


def test_a_torn_request_file_costs_its_tail_only(tmp_path: Path) -> None:
    run = record(tmp_path, MAIL)
    path = run.folder / "requests-1.arrow"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    found = analyse(run)
    assert found.outcome in ("invalid", "bottleneck", "not_reached", "inconclusive")
    assert found.points


@pytest.mark.parametrize("file", ["readings-planted.arrow", "probes.json", "stages.jsonl", "requests-1.arrow"])
def test_a_missing_file_is_no_crash_and_no_invention(tmp_path: Path, file: str) -> None:
    run = record(tmp_path, Plan(where="pool", counters=scanning, unloaded_ms=40.0))
    (run.folder / file).unlink()
    found = analyse(run)
    assert found.first is None or file == "probes.json"


def test_counters_that_reset_are_discarded_not_clamped(tmp_path: Path) -> None:
    """A restarted database: its statements count from nothing; the stage in which that happens says nothing of it."""
    path = tmp_path / "readings-x.arrow"
    writer = TableWriter(path, READINGS)
    for second, value in enumerate([0, 10, 20, 30, 5, 15, 25]):
        writer.append((float(second), "c", float(value), "{}"))
    writer.close()
    readings = Readings(read_batches(path))
    assert readings.increase(COUNTED, 0, 3) == 30
    assert readings.increase(COUNTED, 2, 5) is None
    assert readings.increase(COUNTED, 4, 6) == 20


def test_a_counter_that_appears_later_began_at_nothing(tmp_path: Path) -> None:
    """A statement that is sent for the first time has no reading before; what it counts is all from now on."""
    writer = TableWriter(tmp_path / "readings-x.arrow", READINGS)
    for row in [(0.0, "c", 5.0, label_text({"s": "old"})), (10.0, "c", 5.0, label_text({"s": "old"})),
                (10.0, "c", 7.0, label_text({"s": "new"}))]:  # fmt: skip
        writer.append(row)
    writer.close()
    readings = Readings(read_batches(tmp_path / "readings-x.arrow"))
    assert readings.increases(COUNTED, "s", 0.0, 10.0) == {"old": 0.0, "new": 7.0}


def test_nan_readings_are_left_out(tmp_path: Path) -> None:
    def broken(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("pool.limit", "{}"): float("nan"), ("queue.ready", label_text({"queue": "q"})): float("inf")}

    assert verdict(tmp_path, replace(MAIL, gauges=broken)).first.id == "sync-work"
