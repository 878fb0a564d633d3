"""All that can be wrong with a recording: an outcome for each, never a crash, never a bottleneck that is not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis.verdict.analyse import analyse
from rampart.errors import UsageError
from rampart.runs import Run
from rampart.tables import label_text, read_batches
from rampart.verdict import ValidityCheck, Verdict
from reports import numbers
from tests.planted.recording import Plan, record

MAIL = Plan(where="mail", unloaded_ms=120.0, work_ms=100.0)
SMALL = replace(MAIL, users=(15, 30, 60, 120, 240), seconds=6.0, warmup_s=1.0)
HOURS = 3 * 3600.0
Column = np.ndarray


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return record(tmp_path_factory.mktemp("whole"), SMALL)


@pytest.fixture
def run(whole: Run, tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(whole.folder, tmp_path / "run")))


def rewrite(run: Run, name: str, change: Callable[[str, Column], Column]) -> None:
    """Replace the number columns of a table by what `change` makes of them."""
    path = run.folder / name
    table = pa.Table.from_batches(list(read_batches(path))).unify_dictionaries()
    for i, column in enumerate(table.schema):
        if pa.types.is_floating(column.type):
            values = table.column(i).to_numpy().astype(np.float64)
            table = table.set_column(i, column, pa.array(change(column.name, values.copy()), column.type))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def check(verdict: Verdict, name: str) -> ValidityCheck:
    return next(row for row in verdict.validity.checks if row.name == name)


OUTCOMES = {
    "no stage at all": (Plan(users=()), "invalid"),
    "one stage": (Plan(users=(15,)), "not_reached"),
    "two stages": (Plan(users=(15, 30)), "not_reached"),
    "three requests in a stage": (Plan(users=(1, 2, 3), seconds=1.0), "inconclusive"),
    "all errors": (Plan(error_ratio=1.0), "target_failed"),
    "a limit below the first stage": (Plan(users=(200, 400, 800), where=""), "inconclusive"),
    "no request": (Plan(limit_rps=1e-9), "invalid"),
}


def test_a_limit_below_the_first_stage_is_told_as_one(tmp_path: Path) -> None:
    found = analyse(record(tmp_path, Plan(users=(200, 400, 800), where="")))
    assert found.capacity[0].below_users == 200
    assert "the limit lies below 200 users" in found.sentence
    assert numbers.knee(found.capacity[0]) == "below 200 users"


def test_with_a_profile_a_limit_below_the_first_stage_is_known(tmp_path: Path) -> None:
    def thought(users: int, rate: float, latency_ms: float) -> dict[tuple[str, str], float]:
        return {("generator.think_s", label_text({"writer": "1"})): rate}

    plan = Plan(users=(200, 400, 800), profiled=True, counters=thought)
    knee = analyse(record(tmp_path, plan)).capacity[0].knee_users
    assert knee.low <= 102 <= knee.high < 200
    assert knee.value == pytest.approx(102, rel=0.1)


@pytest.mark.parametrize("name", OUTCOMES)
def test_too_little_has_its_own_outcome(tmp_path: Path, name: str) -> None:
    plan, outcome = OUTCOMES[name]
    found = analyse(record(tmp_path, plan))
    assert (found.outcome, found.first) == (outcome, None)
    assert all(row.knee_users is None for row in found.capacity)
    assert found.sentence


def test_the_recording_that_is_broken_below_names_its_bottleneck_when_whole(run: Run) -> None:
    assert analyse(run).first.id == "sync-work"


def test_a_probe_that_died_costs_what_it_read_and_is_named(run: Run) -> None:
    table = pa.Table.from_batches(list(read_batches(run.folder / "readings-planted.arrow"))).to_pandas()
    lost = (table["at"] > 15) & ~table["metric"].str.startswith("generator.")
    rewrite(run, "readings-planted.arrow", lambda name, v: np.where(lost, np.nan, v) if name == "at" else v)
    run.write_json("probes.json", [{"name": "planted", "reads": 40, "failures": 25, "mean_cost_ms": 1.0}])
    found = analyse(run)
    assert found.first.id == "sync-work"
    assert not check(found, "probes").ok and "planted" in check(found, "probes").claim
    assert "host cpu" in found.points[0].utilisation and "host cpu" not in found.points[-1].utilisation


def test_a_count_of_locust_that_ends_early_is_a_recording_that_cannot_be_trusted(run: Run) -> None:
    rewrite(run, "readings-planted.arrow", lambda name, v: np.where(v > 15, np.nan, v) if name == "at" else v)
    found = analyse(run)
    assert (found.outcome, found.first) == ("invalid", None)
    assert not check(found, "recording").ok


def test_nan_in_requests_are_left_out(run: Run) -> None:
    def broken(name: str, values: Column) -> Column:
        values[::10] = np.nan
        return values

    before = sum(p.requests for p in analyse(run).points)
    rewrite(run, "requests-1.arrow", broken)
    found = analyse(run)
    assert found.first is None or found.first.id == "sync-work"
    assert 0.85 * before < sum(p.requests for p in found.points) < 0.95 * before


@pytest.mark.parametrize("jump", [-HOURS, HOURS, -20.0], ids=["back by hours", "forward by hours", "back a little"])
def test_a_clock_that_jumps_in_the_requests_is_found_by_the_count_of_locust(run: Run, jump: float) -> None:
    """From the middle of the run on: what was recorded lies outside of the stages, or in those of another load."""

    def jumping(name: str, values: Column) -> Column:
        if name in ("due", "start"):
            values[values > 20] += jump
        return values

    rewrite(run, "requests-1.arrow", jumping)
    found = analyse(run)
    assert (found.outcome, found.first) == ("invalid", None)
    assert not check(found, "stages").ok


@pytest.mark.parametrize("jump", [-HOURS, HOURS])
def test_a_clock_that_jumps_in_the_readings_loses_them_and_invents_nothing(run: Run, jump: float) -> None:
    whole = analyse(run)
    rewrite(run, "readings-planted.arrow", lambda name, v: np.where(v > 15, v + jump, v) if name == "at" else v)
    found = analyse(run)
    assert found.first.id == "sync-work"
    assert found.capacity[0].knee_users == whole.capacity[0].knee_users
    assert "host cpu" not in found.points[-1].utilisation


def test_a_stage_whose_clock_went_backwards_is_left_out(run: Run) -> None:
    lines = [json.loads(line) for line in (run.folder / "stages.jsonl").read_text().splitlines()]
    lines[1]["ended_at"] = lines[1]["steady_at"] - HOURS
    (run.folder / "stages.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = analyse(run)
    assert [p.why_invalid for p in found.points if p.stage == 1] == ["its clock went backwards"]
    assert found.first is None or found.first.id == "sync-work"


def planted_counter(users: int, rate: float, latency: float) -> dict[tuple[str, str], float]:
    return {("db.commits", "{}"): rate, ("redis.commands", label_text({"server": "cache"})): rate}


def test_a_server_that_restarts_spoils_its_stage_and_is_a_warning(tmp_path: Path) -> None:
    run = record(tmp_path, replace(SMALL, counters=planted_counter))
    assert check(analyse(run), "same target").ok
    table = pa.Table.from_batches(list(read_batches(run.folder / "readings-planted.arrow"))).to_pandas()
    reset = (table["metric"] == "db.commits") & (table["at"] > 4)
    table.loc[reset, "value"] -= table.loc[reset, "value"].min()
    at = table.loc[reset, "at"].min()
    values = table["value"].to_numpy()
    rewrite(run, "readings-planted.arrow", lambda name, v: values if name == "value" else v)
    found = analyse(run)
    [spoiled] = [p for p in found.points if p.why_invalid == "the database was restarted in it"]
    assert spoiled.stage == int(at // 8)
    assert not check(found, "same target").ok


@pytest.mark.parametrize("scaled_from", [3, 4])
def test_a_target_that_scales_out_in_the_middle_is_a_warning(tmp_path: Path, scaled_from: int) -> None:
    """Saturated at 30 requests/s, then four times as large: no closed system gives more users more each."""
    users = (15, 30, 60, 90, 120, 180)
    limits = {i: 30.0 if i < scaled_from else 120.0 for i in range(len(users))}
    found = analyse(record(tmp_path, replace(SMALL, users=users, limits_rps=limits)))
    same = check(found, "same target")
    assert not same.ok and "the target changed" in same.claim
    assert not found.validity.ok


def test_more_processes_than_before_are_a_warning(tmp_path: Path) -> None:
    def grown(users: int, rate: float, latency: float) -> dict[tuple[str, str], float]:
        return {("role.processes", label_text({"role": "app"})): 4.0 if users > 60 else 2.0}

    same = check(analyse(record(tmp_path, replace(SMALL, gauges=grown))), "same target")
    assert not same.ok and "the app had 2 processes in one stage and 4 in another" in same.claim


@pytest.mark.parametrize("limit_rps", [100.0, 1e9])
def test_a_target_that_stays_the_same_is_no_warning(tmp_path: Path, limit_rps: float) -> None:
    for seed in range(3):
        found = analyse(record(tmp_path, Plan(limit_rps=limit_rps, seconds=6.0, seed=seed)))
        assert check(found, "same target").ok


FILES = ["requests-1.arrow", "readings-planted.arrow", "stages.jsonl", "probes.json", "run.json"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_torn_anywhere_never_crashes_and_never_names_another_bottleneck(run: Run, file: str) -> None:
    """Forty random offsets of each file, the ends among them: what is left names the truth or nothing."""
    path, rng = run.folder / file, np.random.default_rng(7)
    data = path.read_bytes()
    outcomes = set()
    for offset in [0, 1, len(data) - 1, *rng.integers(2, len(data) - 1, 37).tolist()]:
        path.write_bytes(data[:offset])
        try:
            found = analyse(Run.open(run.folder))
        except UsageError:
            assert file == "run.json"
            continue
        outcomes.add(found.outcome)
        assert found.first is None or found.first.id == "sync-work"
        assert found.outcome == "bottleneck" or found.first is None
        assert found.sentence
    expected = {"requests-1.arrow": "invalid", "stages.jsonl": "not_reached", "probes.json": "bottleneck"}
    assert expected.get(file, "bottleneck") in outcomes or file == "run.json"
