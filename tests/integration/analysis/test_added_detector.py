"""A detector is one file: a copy of the product that has it says so in verdict, report, `list`, `explain` and score."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from rampart.shipped import checkout
from tests.planted.product import asked, with_file

ROOT = checkout()
DETECTOR = '''
"""Requests wait for a process that has just begun."""

from analysis.detectors._detector import Detector, supported
from analysis.network.server import Relief
from rampart.finding import Evidence, Remedy


def _detect(level, attribution, claims):
    seen = [Evidence("processes began during the stage", 3.0, "> 0", "readings-processes")]
    remedy = Remedy("Keep them warm.", "ALTER SYSTEM SET shared_preload_libraries = 'pg_prewarm';")
    return supported("cold-start", "app", level, 1.0, seen, remedy, resource="processes")


DETECTOR = Detector(
    "cold-start", "app", "Requests wait for a process that has just begun.", _detect,
    headline="{resource} that have just begun", relief=lambda *_: Relief({"downstream": 1.0}),
)
'''


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A copy of the product with one file more, and a recording beside it."""
    assert ROOT is not None
    with_file(tmp_path, "analysis/detectors/cold_start.py", DETECTOR)
    copytree(ROOT / "tests/recordings/app-pool", tmp_path / "RUN")
    return tmp_path


def test_a_detector_that_is_one_file_is_seen_everywhere(product: Path) -> None:
    said, seen = asked(product, "cold-start", ["report", "RUN"], ["list", "findings"], ["explain", "cold-start"])
    assert (seen["codes"], seen["family"]) == ([0, 0, 0], "app")
    assert seen["score"]["exact_ac1"]["right"] == 1 and seen["score"]["confusion"] == {"cold-start": {"cold-start": 1}}
    listed, explained = said.split("Requests wait for a process", 1)
    assert "cold-start" in listed and "cold-start" in explained
    verdict = json.loads((product / "RUN/verdict.json").read_text())
    assert verdict["first"]["id"] == "cold-start"
    assert "app-pool" in verdict["first"]["consequences"]
    for page in ("report.html", "summary.md"):
        assert "processes that have just begun" in (product / "RUN" / page).read_text()
    assert "ALTER SYSTEM SET shared_preload_libraries" in (product / "RUN/remedy.sql").read_text()
