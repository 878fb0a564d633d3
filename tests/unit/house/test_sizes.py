"""How large files and functions are: read off the sources (complexity is ruff's C901, in pyproject.toml)."""

from __future__ import annotations

import ast

import pytest

from tests.unit.house.test_imports import KNOWN, PACKAGES, ROOT

LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 250, 40
SMALL_FILES = 0.9  # of those of each package
LONG_FUNCTIONS = 3  # at most, in all packages together
SOURCES = [*KNOWN.values(), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def long_functions(source: str) -> list[str]:
    """Functions that are longer than they should be, each with its lines; decorators do not count."""
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    lines = {(f.name, f.lineno): (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    return [f"{name}, {n} lines" for (name, _), n in lines.items() if n > LINES_OF_A_FUNCTION]


def test_hardly_a_function_is_long() -> None:
    found = [f"{path.relative_to(ROOT)}: {text}" for path in SOURCES for text in long_functions(path.read_text())]
    assert len(found) <= LONG_FUNCTIONS, found


def test_a_long_function_is_seen() -> None:
    assert long_functions("def f():\n" + "    pass\n" * LINES_OF_A_FUNCTION) == ["f, 41 lines"]
    assert long_functions("def f():\n" + "    pass\n" * (LINES_OF_A_FUNCTION - 1)) == []


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks", "tests"])
def test_most_files_are_small(package: str) -> None:
    lines = {str(path): path.read_text().count("\n") for path in sorted((ROOT / package).rglob("*.py"))}
    large = {path: n for path, n in lines.items() if n >= LINES_OF_A_FILE}
    assert len(large) <= (1 - SMALL_FILES) * len(lines), large
