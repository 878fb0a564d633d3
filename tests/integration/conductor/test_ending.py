"""However a run ends, nothing of it goes on running, and what was recorded is read."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from commands.main import main
from tests.integration.conductor.conftest import (
    Interrupted,
    descendants,
    interrupt,
    ramp_stages,
    running,
    start_ramp,
)
from tests.integration.conftest import await_true

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]
LAB = ["--tenants", "20", "--flaws", "none"]


@pytest.mark.acceptance
def test_a_killed_conductor_leaves_no_process_and_a_run_that_can_be_read(tmp_path: Path) -> None:
    process = start_ramp(LAB, tmp_path)
    await_true(lambda: ramp_stages(tmp_path) >= 1, 100)
    children = descendants(process.pid)
    assert len(children) >= 8  # Locust, Postgres, two Valkeys, the application, workers, the outside
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert running(children, 15) == []
    (run,) = tmp_path.iterdir()
    assert main(["report", str(run)]) == 4
    verdict = json.loads((run / "verdict.json").read_text())
    assert verdict["points"] and verdict["run"]["outcome"] == "running"
    assert (run / "report.html").exists()


def _ended_in_order(ended: Interrupted) -> None:
    assert ended.code == 4
    assert json.loads((ended.run.folder / "run.json").read_text())["outcome"] == "interrupted"
    assert json.loads((ended.run.folder / "verdict.json").read_text())["points"]
    assert "report.html" in ended.out
    assert ended.left == 0
    assert ended.load_ended_s < 1.0  # the product's promise; half a second is Locust's to end by itself


def test_ctrl_c_stops_the_load_within_a_second_and_still_gives_a_verdict(interrupted: Interrupted) -> None:
    _ended_in_order(interrupted)


@pytest.mark.acceptance
def test_ctrl_c_ends_a_lab_too(tmp_path: Path) -> None:
    _ended_in_order(interrupt(LAB, tmp_path))
