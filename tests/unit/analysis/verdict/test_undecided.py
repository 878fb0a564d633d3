"""Where no first bottleneck is named: what it may be, and the cheapest measurement that would tell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.attribution.latency_ledger import OUTSIDE_WORK
from analysis.detectors._found import every_detector
from analysis.level.recorded import read
from analysis.ranking.judge import JudgedLevel, judge
from analysis.verdict.analyse import analyse
from analysis.verdict.signals import SIGNALS
from analysis.verdict.undecided import sentence, undecided
from rampart.runs import Run
from rampart.tables import label_text
from rampart.verdict import Verdict
from reports.explanation import why
from reports.markdown import summary
from reports.page import page
from reports.wording import open_questions
from tests.planted.recording import Plan, record

RECORDINGS = Path(__file__).parents[3] / "recordings"
PRELOAD = "shared_preload_libraries = 'pg_stat_statements', a restart, then CREATE EXTENSION pg_stat_statements;"


def without(tmp_path: Path, recording: str, *readings: str, **about: Any) -> Verdict:
    """The verdict of a recording had some probes not run."""
    folder = Path(shutil.copytree(RECORDINGS / recording, tmp_path / "run"))
    for probe in readings:
        for path in folder.glob(f"readings-{probe}-*.arrow"):
            path.unlink()
    described = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**described, **about}))
    return analyse(Run.open(folder))


# What is missing, the first candidates in their order, the kind of measurement, what it says, and whom it tells.
CASES = {
    "a pool that is not read": (
        ("app-pool", "app"), ("app-pool", "downstream"), "signal", "app_stats", ("app-pool",),
    ),
    "another that is held while nothing is done": (
        ("idle-in-transaction", "app"), ("app-pool", "downstream"), "signal", "app_stats", ("app-pool",),
    ),
    "statements that are not read": (
        ("missing-index", "statements"), ("app-pool", "db-cpu", "missing-index"), "signal", "pg_stat_statements",
        ("missing-index",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_was_not_read_names_the_candidates_and_the_cheapest_signal(tmp_path: Path, name: str) -> None:
    missing, candidates, kind, said, separates = CASES[name]
    found = without(tmp_path, *missing)
    assert (found.outcome, found.first) == ("inconclusive", None)
    assert found.undecided is not None
    names = [one.id for one in found.undecided.candidates]
    assert tuple(names[: len(candidates)]) == candidates and len(names) <= 3
    told = found.undecided.measurement
    assert (told.kind, told.separates) == (kind, separates)
    assert said in told.what
    assert f"It may be {', '.join(names[:-1])} or {names[-1]}." in found.sentence
    assert told.what in found.sentence


def test_the_very_setting_is_quoted_where_a_gap_knows_it(tmp_path: Path) -> None:
    gap = {"code": "PG-NOPGSS", "reason": "it is not preloaded", "lost": ["missing-index"], "remedy": PRELOAD}
    found = without(tmp_path, "missing-index", "statements", gaps=[gap])
    assert found.undecided is not None and found.undecided.measurement.what == PRELOAD


def test_detectors_are_seen_by_signals_and_called_after_parts_that_exist() -> None:
    known = {signal.name for signal in SIGNALS}
    assert known == {name for one in every_detector().values() for name in one.seen_by}
    parts = [part for one in every_detector().values() for part in one.parts]
    assert sorted(parts) == sorted({*OUTSIDE_WORK, "pool", "app", "accept", "db"} - {"queue"})


def reading(*, io_timed: bool) -> Plan:
    """Processes, sessions and the pool are read, and nothing of them is full; blocks are read with or without times."""

    def counters(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        timed = {("db.io_read_ms", "{}"): 5.0 * rate} if io_timed else {("db.io_read_ms", "{}"): 0.0}
        return {("role.cpu_s", label_text({"role": "app"})): 0.2, ("db.blocks_read", "{}"): 10.0 * rate, **timed}

    def gauges(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("db.active", label_text({"wait": "", "statement": "1"})): 0.1, ("pool.limit", "{}"): 50.0}

    return Plan(where="other", silent=True, counters=counters, gauges=gauges)


@pytest.mark.parametrize(
    ("io_timed", "said", "separates"),
    [(False, "track_io_timing", ("db-io",)), (True, "Server-Timing", ("app-pool", "downstream", "sync-work"))],
)
def test_the_cheapest_of_several_signals_comes_first(
    tmp_path: Path, io_timed: bool, said: str, separates: tuple[str, ...]
) -> None:
    found = analyse(record(tmp_path, reading(io_timed=io_timed)))
    assert found.outcome == "inconclusive" and found.undecided is not None
    assert said in found.undecided.measurement.what
    assert found.undecided.measurement.separates == separates


def test_a_limit_below_the_first_load_asks_for_other_loads(tmp_path: Path) -> None:
    found = analyse(record(tmp_path, Plan(users=(200, 400, 800), where="")))
    assert found.outcome == "inconclusive" and found.undecided is not None
    assert found.undecided.measurement.kind == "stages"
    assert found.undecided.measurement.what == "Begin the ramp below 200 users, the fewest that were tried."
    assert "begin with fewer" in found.sentence and "To tell them apart" not in found.sentence  # it is said once


@pytest.fixture(scope="module")
def judged() -> JudgedLevel:
    recorded = read(Run.open(RECORDINGS / "lock-contention"))
    return judge(recorded.levels[-1], recorded.checks, draws=0)


def test_where_all_signals_were_read_a_remedy_tells(judged: JudgedLevel) -> None:
    """As if no finding had been large enough."""
    found = undecided(replace(judged, first=None, tied=[], outcome="inconclusive"), [])
    assert found is not None
    assert (found.candidates[0].id, found.measurement.kind) == ("lock-contention", "experiment")
    assert found.measurement.what.startswith("apply the remedy of lock-contention and ramp again")
    assert "it may be lock-contention" in sentence(found, named=False).lower()


def test_a_tie_is_told_apart_by_an_experiment(judged: JudgedLevel) -> None:
    assert undecided(replace(judged, tied=[]), []) is None
    rival = next(f for f in judged.ranked if f is not judged.first)
    found = undecided(replace(judged, tied=[rival]), [])
    assert found is not None and judged.first is not None
    assert [one.id for one in found.candidates] == [judged.first.id, rival.id]
    assert (found.measurement.kind, found.measurement.separates) == ("experiment", (judged.first.id,))
    assert found.measurement.what.startswith("rampart confirm RUN")
    assert "It may be" not in sentence(found, named=True)


def test_every_report_shows_the_candidates_and_the_measurement(tmp_path: Path) -> None:
    found = without(tmp_path, "app-pool", "app")
    said = open_questions(found)
    assert [word for word, _ in said] == ["May be app-pool", "May be downstream", "Measure next"]
    html, markdown, traced = page("run", {}, found, []), summary("run", {}, found), why(found)
    for word, text in said:
        assert word in html and text in html
        assert word in markdown
        assert word in traced and text in traced
