"""However a run ends, nothing of it goes on running, and what was recorded is read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from commands.main import main
from tests.integration.conftest import await_true

pytestmark = pytest.mark.alone


def start(runs: Path) -> subprocess.Popen[str]:
    """A ramp of the lab as its own process."""
    command = [sys.executable, "-m", "commands.main", "ramp", "--quick", "--tenants", "20", "--flaws", "none"]
    return subprocess.Popen([*command, "--runs", str(runs)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stages(runs: Path) -> int:
    """Ramp stages that have ended in the only run."""
    lines = [line for path in runs.glob("*/stages.jsonl") for line in path.read_text().splitlines()]
    return sum('"profile"' not in line for line in lines)


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_killed_conductor_leaves_no_process_and_a_run_that_can_be_read(tmp_path: Path) -> None:
    process = start(tmp_path)
    await_true(lambda: stages(tmp_path) >= 1, 100)
    children = descendants(process.pid)
    assert len(children) >= 8  # Locust, Postgres, two Valkeys, the application, workers, the outside
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    (run,) = tmp_path.iterdir()
    assert main(["report", str(run)]) == 4
    verdict = json.loads((run / "verdict.json").read_text())
    assert verdict["points"] and verdict["run"]["outcome"] == "running"
    assert (run / "report.html").exists()


@pytest.mark.timeout(180)
def test_ctrl_c_stops_the_load_within_a_second_and_still_gives_a_verdict(tmp_path: Path) -> None:
    process = start(tmp_path)
    await_true(lambda: stages(tmp_path) >= 1, 100)
    locust = [p for p in descendants(process.pid) if "launch.py" in " ".join(p.cmdline())]
    assert locust
    asked = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, alive = psutil.wait_procs(locust, timeout=5)
    took = time.monotonic() - asked
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 4
    (run,) = tmp_path.iterdir()
    assert json.loads((run / "run.json").read_text())["outcome"] == "interrupted"
    assert json.loads((run / "verdict.json").read_text())["points"]
    assert "report.html" in out
    assert took < 1.0  # the product's promise; half a second is Locust's to end by itself
