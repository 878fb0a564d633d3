"""The tables of docs/safety.md (`make docs`), made from the tests that try each attempt."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_ASTRAY = _ROOT / "tests" / "integration" / "scenarios" / "astray"
PAGE = _ROOT / "docs" / "safety.md"
Row = tuple[str, str]  # the name of an attempt, and what it is


def attempts() -> list[Row]:
    """What Python opens and starts: each is refused, and reaches its listener without the guard."""
    tree = ast.parse((_ASTRAY / "astray.py").read_text())
    return [*_decorated(tree, "attempt"), *_moments(tree)]


def ways() -> list[Row]:
    """What C libraries and processes open by themselves: each is seen, and ends the load."""
    return list(_decorated(ast.parse((_ASTRAY / "c_libraries.py").read_text()), "way"))


def page(text: str) -> str:
    """The page with its tables made anew."""
    for mark, rows in (("attempts", attempts()), ("ways", ways())):
        before, begin, rest = text.partition(f"<!-- {mark} -->\n")
        _, end, after = rest.partition(f"<!-- /{mark} -->")
        text = before + begin + "\n".join([*_table(rows), ""]) + end + after
    return text


def _decorated(tree: ast.Module, decorator: str) -> Iterator[Row]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == decorator for one in node.decorator_list):
            yield node.name, ast.get_docstring(node) or ""


def _moments(tree: ast.Module) -> Iterator[Row]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MOMENTS":
            yield from ast.literal_eval(node.value).items()


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| attempt | what it is |", "|---|---|")
    yield from (f"| `{name}` | {said} |" for name, said in rows)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
