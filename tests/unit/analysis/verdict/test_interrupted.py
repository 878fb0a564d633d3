"""A run that was interrupted before its first stage ended says so; one with a measured level speaks of that level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.errors import ExitCode
from rampart.model import Stage
from rampart.runs import Run
from tests.planted.recording import Plan, record

PLAN = Plan(users=(15, 30, 60), limit_rps=1e9, seconds=6.0, warmup_s=1.0, profiled=True)
SAID = "The run was interrupted before its first stage ended"


@pytest.mark.parametrize("profiled", [False, True], ids=["before the profile", "after the profile"])
def test_interrupted_before_its_first_stage_it_blames_no_check(tmp_path: Path, profiled: bool) -> None:
    run = record(tmp_path, replace(PLAN, users=(), profiled=profiled))
    run.end("interrupted")
    found = analyse(run)
    assert (found.sentence, found.title) == (f"{SAID}: nothing was measured.", SAID)
    assert "no stage of the ramp has ended" in {check.claim for check in found.validity.checks}
    assert found.outcome == "invalid" and found.conclusion.exit == ExitCode.INCOMPLETE


def test_a_run_that_ended_by_itself_is_not_called_interrupted(tmp_path: Path) -> None:
    run = record(tmp_path, replace(PLAN, users=()))
    run.end("failed")
    assert "interrupted" not in analyse(run).sentence


def test_interrupted_before_the_next_level_it_speaks_of_the_measured_one(tmp_path: Path) -> None:
    run = record(tmp_path, PLAN)
    last = run.stages()[-1].ended_at
    run.add_stage(Stage(len(run.stages()), 1000, 1, "profile", last, last, last + 1.0, "GET /a"))
    run.end("interrupted")
    found = analyse(Run.open(run.folder))
    assert found.sentence.startswith("At 100 tenants") and SAID not in found.sentence
    assert found.outcome == "not_reached" and found.conclusion.exit == ExitCode.INCOMPLETE
