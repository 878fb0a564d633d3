"""Answers that are wrong, not slow: one is enough for a violation, and its load was not held."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.detectors._violations_found import outcomes
from analysis.verdict.analyse import analyse
from rampart.errors import ExitCode
from rampart.verdict import Verdict
from rampart.verdict_exit_code import conclusion
from scenarios.generator.row_values import outcome
from tests.planted.wrong_answers import record


def judged(folder: Path, wrong: str | None) -> Verdict:
    return analyse(record(folder, wrong))


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
    assert (
        outcome(Exception("stale_read: it does not show what the same user wrote before"), 200, outcomes())
        == "stale_read"
    )
    assert outcome(Exception("wrong_tenant: asked for 3, got 4"), 200, outcomes()) == "wrong_tenant"
    assert outcome(Exception("no total in it"), 200, outcomes()) == "failed_check"
