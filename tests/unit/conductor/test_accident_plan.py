"""Accidents whose jobs never come to an end are told: silence would read as no harm."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conductor import accidents
from conductor.console import Console
from lab.accidents import Effects
from rampart.runs import Run


def test_jobs_that_never_end_are_neither_lost_nor_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = Effects("all workers were killed", {"INV-1": 0, "INV-2": 1}, settled=False)
    done = Effects("the queue's server was restarted", {"INV-3": 1}, settled=True)
    monkeypatch.setattr(accidents, "settled", lambda _: True)
    monkeypatch.setattr(accidents, "workers_killed", lambda _: stuck)
    monkeypatch.setattr(accidents, "queue_restarted", lambda _: done)
    run, _ = Run.create(tmp_path, "lab", {})
    lab = SimpleNamespace(target=SimpleNamespace(disposable=True))
    accidents.provoke(cast(Any, lab), run, Console())
    told = run.read_json("effects.json")
    assert [(row["lost"], row["settled"]) for row in told] == [([], False), ([], True)]
    said = " ".join(capsys.readouterr().err.split())
    assert "when all workers were killed, jobs were left that never ended" in said
    assert "restarted" not in said
