"""A finding is named in its own file: elsewhere its id is read off its detector, and no table of findings is kept."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from analysis.detectors._found import every_detector
from analysis.detectors._violations_found import every_violation

ROOT = Path(__file__).parents[3]
PACKAGES = ("analysis", "benchmarks", "commands", "conductor", "flawbank", "probes", "rampart", "readers", "reports",
            "scenarios", "seeders")  # fmt: skip
GENERATOR = "load-generator"  # a limit of the harness, which no detector names
IDS = {*every_detector(), *every_violation(), GENERATOR}
# Ids that are also words for a resource, a role or a span: what such a text means cannot be told from the text.
ALSO_OTHER = {"disk", "downstream", "memory", "network", "pooler", "workers"}
# Where ids are written out, and why.
EXCEPTIONS = {
    "analysis/detectors/": "a detector says which more specific causes are asked first, and what it looks like",
    "probes/": "a probe says what cannot be named without it; a producer knows no consumer",
    "benchmarks/_naming_rivals.py": "the rules of others, which know nothing of our detectors",
    "flawbank/score.py": "the load generator is a truth of the bank that no detector names",
}


def literals(tree: ast.AST) -> Iterator[str]:
    """The ids that are a whole text somewhere in a source; what stands in a sentence names none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in IDS - ALSO_OTHER:
            yield node.value


@cache
def written_out() -> dict[str, list[str]]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    found = {str(path.relative_to(ROOT)): sorted(set(literals(ast.parse(path.read_text())))) for path in paths}
    return {path: ids for path, ids in found.items() if ids}


def excepted(path: str) -> list[str]:
    return [prefix for prefix in EXCEPTIONS if path.startswith(prefix)]


def test_no_finding_is_named_outside_its_file() -> None:
    assert {path: ids for path, ids in written_out().items() if not excepted(path)} == {}


def test_each_exception_is_needed() -> None:
    assert {prefix for path in written_out() for prefix in excepted(path)} == set(EXCEPTIONS)


def test_what_probes_say_cannot_be_named_has_a_page() -> None:
    pages = {path.stem for path in (ROOT / "docs/findings").glob("*.md")}
    modules = [importlib.import_module(f"probes.{path.stem}") for path in (ROOT / "probes").glob("*.py")]
    lost = {name for module in modules for where in ("LOST", "_LOST") for name in getattr(module, where, ())}
    assert len(lost) > 10
    assert lost <= pages


def test_a_detectors_file_names_its_own_finding() -> None:
    for name in {**every_detector(), **every_violation()}:
        own = ROOT / "analysis/detectors" / f"{name.replace('-', '_')}.py"
        assert name in ALSO_OTHER or name in set(literals(ast.parse(own.read_text()))), name


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('if finding.id == "db-cpu": pass', ["db-cpu"]),
        ('_SAID = {"app-pool": "a pool", "tenant-leak": "a leak"}', ["app-pool", "tenant-leak"]),
        ('say("`rampart explain app-pool` tells more")', []),
        ('role = "pooler"', []),
    ],
)
def test_an_id_that_is_written_out_is_seen(code: str, found: list[str]) -> None:
    assert sorted(literals(ast.parse(code))) == found
