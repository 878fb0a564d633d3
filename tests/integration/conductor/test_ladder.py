"""A climb that has nothing to climb: one ramp of a healthy lab, its report, and nothing left running."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from commands.main import main

pytestmark = pytest.mark.alone


@pytest.mark.timeout(240)
def test_a_healthy_lab_holds_the_wanted_load_without_a_rung(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    words = [
        "ladder",
        "--tenants",
        "20",
        "--users",
        "15",
        "--flaws",
        "none",
        "--minutes",
        "1.2",
        "--ramp-minutes",
        "0.5",
    ]
    code = main([*words, "--runs", str(tmp_path)])
    (folder,) = tmp_path.iterdir()
    told = json.loads((folder / "ladder.json").read_text())
    assert told["rungs"] == told["missteps"] == []
    last = json.loads(capfd.readouterr().out.strip().splitlines()[-1])
    assert last["bench"] == "ladder"
    if told["ramps"][-1]["outcome"] == "not_reached":  # else the machine was too busy for the ramp to be trusted
        assert (code, told["held"], told["last"]["held"]) == (0, True, 15)
    assert (folder / told["ramps"][0]["run"] / "report.html").exists()
    assert "as it was" in (folder / "ladder.html").read_text() or told["first"] is None
    left = [
        c
        for c in psutil.Process().children(recursive=True)
        if c.pid not in before and c.status() != psutil.STATUS_ZOMBIE
    ]
    assert left == []
