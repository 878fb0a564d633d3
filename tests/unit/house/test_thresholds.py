"""A threshold knows its unit and its source, its detector lists it, and docs/thresholds.md is made from them."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from analysis import detectors, thresholds
from analysis.detectors._detector import Detector
from analysis.ranking import judge
from analysis.thresholds import Threshold
from analysis.verdict.analyse import analyse
from benchmarks import thresholds_page
from commands import main
from rampart.plugins import discover
from rampart.runs import Run

ROOT = Path(__file__).resolve().parents[3]
ADDED = """
from analysis.detectors._detector import Detector, supported
from analysis.thresholds import Threshold
from rampart.finding import Evidence, Remedy

SUNSPOTS = Threshold("SUNSPOTS", 3, "sunspots", "judged")


def _detect(level, attribution, claims):
    evidence = Evidence("there are spots on the sun", 4.0, f">= {SUNSPOTS:g}", "the sky")
    return supported("sunspots", "app", level, 0.0, [evidence], Remedy("Wait."), resource="the sun")


DETECTOR = Detector("sunspots", "app", "There are spots on the sun.", _detect, thresholds=(SUNSPOTS,))
"""


def modules() -> Iterator[ModuleType]:
    for path in sorted((ROOT / "analysis").rglob("*.py")):
        if path.stem != "__init__":
            yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def used_by(module: ModuleType) -> dict[str, Threshold]:
    """What a module defines, imports by its name, or calls `thresholds.NAME`."""
    named = {name: value for name, value in vars(module).items() if isinstance(value, Threshold)}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "thresholds":
            named[node.attr] = getattr(thresholds, node.attr)
    return named


def test_a_threshold_is_called_what_it_says_and_says_its_unit_and_source() -> None:
    for module in modules():
        for name, one in used_by(module).items():
            assert one.name == name, module.__name__
            assert one.unit, name
            assert re.match("judged|measured|derived", one.source) or "docs/sources.md#" in one.source, name


@pytest.mark.parametrize("name", sorted(judge.DETECTORS))
def test_a_detector_lists_what_it_goes_by(name: str) -> None:
    detector = judge.DETECTORS[name]
    module = inspect.getmodule(detector.detect)
    assert module is not None
    assert {t.name for t in detector.thresholds} == set(used_by(module))
    assert len({t.name for t in detector.thresholds}) == len(detector.thresholds)


def test_no_detector_has_a_number_of_its_own_that_is_no_threshold() -> None:
    for path in (ROOT / "analysis/detectors").glob("[a-z]*.py"):
        for line in path.read_text().splitlines():
            assert not re.match(r"_?[A-Z][A-Z_]* = -?[\d.]", line), f"{path.name}: {line}"


def test_the_page_is_made_from_the_thresholds_of_today() -> None:
    assert thresholds_page.PAGE.read_text() == thresholds_page.page(), "run `make docs`"


def test_each_figure_is_of_a_threshold_with_the_value_it_has_today() -> None:
    figures = json.loads(thresholds_page.FIGURES.read_text())["moved"]
    today = thresholds_page.judged_by()
    assert {key: row["value"] for key, row in figures.items()} == {key: float(one) for key, one in today.items()}, (
        "run `make bench-thresholds`"
    )


@pytest.fixture
def sunspots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A detector that is one file in a folder beside the others."""
    (tmp_path / "sunspots.py").write_text(ADDED)
    monkeypatch.setattr(detectors, "__path__", [*detectors.__path__, str(tmp_path)])
    found: Mapping[str, Detector] = discover(detectors, Detector)
    [added] = set(found) - set(judge.DETECTORS)
    monkeypatch.setitem(judge.DETECTORS, added, found[added])
    return added


def test_a_detector_that_is_one_file_has_its_thresholds_told(sunspots: str, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = analyse(Run.open(ROOT / "tests/recordings/pooler-of-one"))
    [row] = [row for row in verdict.ranked if row.id == sunspots]
    assert row.thresholds == {"SUNSPOTS": 3.0}
    assert main.main(["explain", sunspots]) == 0
    said = capsys.readouterr().out
    assert "There are spots on the sun." in said and "SUNSPOTS" in said and "judged" in said
