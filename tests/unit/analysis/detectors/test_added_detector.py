"""A detector is one file: a copy of the product that has it says so in verdict, report, `list`, `explain` and score."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from rampart.shipped import checkout

ROOT = checkout()
PACKAGES = (
    "analysis", "commands", "conductor", "flawbank", "lab", "probes", "rampart", "readers", "reports", "scenarios",
    "seeders", "docs",
)  # fmt: skip
DETECTOR = '''
"""Requests wait for a process that has just begun."""

from analysis.detectors._detector import Detector, supported
from rampart.finding import Evidence, Remedy


def _detect(level, attribution, claims):
    seen = [Evidence("processes began during the stage", 3.0, "> 0", "readings-processes")]
    return supported("cold-start", "app", level, 1.0, seen, Remedy("Keep them warm."), resource="processes")


DETECTOR = Detector(
    "cold-start", "app", "Requests wait for a process that has just begun.", _detect,
    headline="{resource} that have just begun", absorbs=("app-pool",), symptoms=("app-pool",),
)
'''
ASKS = """
import json, sys
from commands.main import main
from flawbank.score import FAMILY
codes = [main(words.split()) for words in ("report RUN", "list findings", "explain cold-start")]
print(json.dumps([codes, FAMILY["cold-start"]]))
"""


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A copy of the product with one file more, and a recording beside it."""
    assert ROOT is not None
    for package in PACKAGES:
        copytree(ROOT / package, tmp_path / package, ignore=ignore_patterns("__pycache__"))
    (tmp_path / "analysis/detectors/cold_start.py").write_text(DETECTOR)
    copytree(ROOT / "tests/recordings/app-pool", tmp_path / "RUN")
    return tmp_path


def test_a_detector_that_is_one_file_is_seen_everywhere(product: Path) -> None:
    command = [sys.executable, "-c", ASKS]
    done = subprocess.run(command, cwd=product, capture_output=True, text=True, check=True, timeout=60)
    *said, asked = done.stdout.splitlines()
    assert json.loads(asked) == [[0, 0, 0], "app"]
    listed, explained = "\n".join(said).split("Requests wait for a process", 1)
    assert "cold-start" in listed and "cold-start" in explained
    verdict = json.loads((product / "RUN/verdict.json").read_text())
    assert verdict["first"]["id"] == "cold-start"
    assert "app-pool" in verdict["first"]["consequences"]
    for page in ("report.html", "summary.md"):
        assert "processes that have just begun" in (product / "RUN" / page).read_text()
