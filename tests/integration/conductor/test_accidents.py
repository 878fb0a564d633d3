"""Accidents on a lab with both flaws, as a run records and judges them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from conductor.accidents import provoke
from conductor.console import Console
from lab.child import stop
from rampart.runs import Run
from tests.integration.lab.data import seeded


def test_what_accidents_do_to_jobs_is_a_violation_of_the_run(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {"target": {"name": "lab"}})
    with seeded("duplicate-effect", "lost-job") as lab:
        provoke(lab, run, Console())
    rows = analyse(run).violations
    assert {row.id for row in rows} == {"duplicate-effect", "lost-job"}
    lost = next(row for row in rows if row.id == "lost-job")
    assert lost.sentence == "40 of 40 jobs were never done when the queue's server was restarted."


@pytest.mark.parametrize("role", ["app", "db", "queue"])
def test_a_part_that_the_load_has_killed_ends_no_run(
    role: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = Run.create(tmp_path, "lab", {"target": {"name": "lab"}})
    with seeded() as lab:
        stop([child for child in lab.children if child.role == role])
        provoke(lab, run, Console())
    assert run.read_json("effects.json") is None
    assert "a part of the lab no longer answers" in " ".join(capsys.readouterr().err.split())
