"""Answers that are wrong, not slow: one is enough for a violation, and its load was not held."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.conclude import conclusion
from rampart.errors import ExitCode
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import REQUESTS
from rampart.verdict import Verdict
from scenarios.generator.row_values import outcome
from scenarios.generator.table_writer import TableWriter


def judged(folder: Path, wrong: str | None) -> Verdict:
    """The verdict on two loads of quick answers, of which one at the higher load had the outcome `wrong`."""
    run, _ = Run.create(
        folder, "wrong", {"target": {"name": "planted", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}}
    )
    writer = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    for index, users in enumerate((15, 30)):
        stage = Stage(index, 100, users, "coarse", 20.0 * index, 20.0 * index, 20.0 * index + 10)
        run.add_stage(stage)
        for n in range(users * 9):
            at = stage.started_at + n / users
            found = wrong if wrong and users == 30 and n == 50 else "ok"
            row = {"due": at, "start": at, "latency_ms": 5.0, "endpoint": "GET /projects/{id}", "tenant": "7"}
            row |= {"outcome": found, "status": 200, "bytes": 100}
            writer.append([row.get(name) for name in REQUESTS.names])
    writer.close()
    return analyse(run)


@pytest.mark.parametrize(("wrong", "kind"), [("wrong_tenant", "tenant-leak"), ("stale_read", "stale-read")])
def test_one_wrong_answer_is_a_violation_and_its_load_is_not_held(tmp_path: Path, wrong: str, kind: str) -> None:
    verdict = judged(tmp_path, wrong)
    [violation] = verdict.violations
    assert (violation.id, violation.endpoint, violation.count) == (kind, "GET /projects/{id}", 1)
    assert (verdict.capacity[0].slo_users.met, verdict.capacity[0].slo_users.missed) == (15, 30)
    assert conclusion(verdict).exit == ExitCode.VIOLATION


def test_a_failure_of_another_kind_is_none(tmp_path: Path) -> None:
    for number, wrong in enumerate((None, "http_error", "failed_check")):
        verdict = judged(tmp_path / str(number), wrong)
        assert verdict.violations == ()
        assert verdict.capacity[0].slo_users.met == 30


def test_what_a_scenario_says_becomes_the_outcome() -> None:
    assert outcome(Exception("stale_read: it does not show what the same user wrote before"), 200) == "stale_read"
    assert outcome(Exception("wrong_tenant: asked for 3, got 4"), 200) == "wrong_tenant"
    assert outcome(Exception("no total in it"), 200) == "failed_check"
