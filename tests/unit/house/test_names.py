"""Metrics and resources are read by their constants: a name that is not there is an error before anything runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from probes._found import every_probe
from rampart import metrics, resources
from rampart.model import Metric

ROOT = Path(__file__).parents[3]
READERS = ("analysis", "conductor", "flawbank", "reports", "benchmarks")
CONSTANTS = {value.name for value in vars(metrics).values() if isinstance(value, Metric)}
DECLARED = {metric.name for probe in every_probe().values() for metric in probe.metrics}
FIRST = "|".join(sorted({name.partition(".")[0] for name in CONSTANTS | DECLARED}))
RESOURCES = {value for name, value in vars(resources).items() if name.isupper()}
# Names that are also those of spans and findings: as such they may be written out.
ALSO_OTHER = {"pool", "pooler", "workers", "connections"}
BY_RESOURCE = {"utilisation", "saturated"}


@cache
def sources() -> list[tuple[str, ast.Module]]:
    paths = [path for package in READERS for path in sorted((ROOT / package).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths]


def texts(tree: ast.AST) -> Iterator[str]:
    """All literal texts, the fixed parts of formatted ones among them."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def metric_names(tree: ast.AST) -> list[str]:
    """Texts that are a metric's name, or begin one that is put together."""
    return [text for text in texts(tree) if text in CONSTANTS | DECLARED or re.fullmatch(rf"({FIRST})\.[a-z_.]*", text)]


def resource_names(tree: ast.AST) -> list[str]:
    found = [text for text in texts(tree) if text in RESOURCES - ALSO_OTHER]
    found += [text for text in texts(tree) if text in (" cpu", "redis ")]  # parts of a formatted one
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[ast.Attribute(attr=held)]):
                found += [name] if held in BY_RESOURCE else []
            case ast.Subscript(value=ast.Attribute(attr=held), slice=ast.Constant(value=str(name))):
                found += [name] if held in BY_RESOURCE else []
    return found


@pytest.mark.parametrize("named", [metric_names, resource_names])
def test_no_name_is_written_out(named: Callable[[ast.AST], list[str]]) -> None:
    assert {path: found for path, tree in sources() if (found := named(tree))} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('level.total("pool.usage_ms", low)', ["pool.usage_ms"]),
        ('level.total(f"db.table.{name}", low)', ["db.table."]),
        ('level.utilisation("host cpu")', ["host cpu"]),
        ('level.utilisation(f"{role} cpu")', [" cpu"]),
        ('"pool" in by.saturated', ["pool"]),
        ('point.utilisation["workers"]', ["workers"]),
        ('spans.get("pool"), "readings-app pool.usage_ms / pool.limit"', []),
    ],
)
def test_a_name_that_is_written_out_is_seen(code: str, found: list[str]) -> None:
    assert [*metric_names(ast.parse(code)), *resource_names(ast.parse(code))] == found


def test_evidence_names_metrics_that_there_are() -> None:
    """Sources of evidence are sentences for people; the metrics in them are real all the same."""
    named = {
        (path, name)
        for path, tree in sources()
        if path.startswith("analysis/")
        for text in texts(tree)
        if "readings-" in text
        for name in re.findall(rf"(?<![\w.-])(?:{FIRST})\.[a-z_.]+[a-z]", text)
    }
    assert len(named) > 40
    assert {(path, name) for path, name in named if name not in CONSTANTS | DECLARED} == set()


def test_a_type_checker_sees_a_typo_and_a_mean_over_a_counter(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(
        "from analysis.level.level_data import LevelData\n"
        "from analysis.record.readings import Readings\n"
        "from rampart import metrics, resources\n\n\n"
        "def read(readings: Readings, level: LevelData) -> None:\n"
        "    readings.mean(metrics.POOL_LIMIT, 0.0, 1.0)\n"
        "    readings.increase(metrics.POOL_USAGE_MS, 0.0, 1.0)\n"
        "    level.utilisation(resources.POOL)\n"
        "    readings.mean(metrics.POOL_USAGE_MS, 0.0, 1.0)\n"
        "    readings.increase(metrics.POOL_LIMIT, 0.0, 1.0)\n"
        "    readings.mean(metrics.POOL_LIMITS, 0.0, 1.0)\n"
        '    level.utilisation("pool")\n'
    )
    command = [sys.executable, "-m", "mypy", str(snippet)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert re.findall(r"snippet\.py:(\d+): error: .*\[([\w-]+)\]", said) == [
        ("10", "arg-type"),
        ("11", "arg-type"),
        ("12", "attr-defined"),
        ("13", "arg-type"),
    ]
