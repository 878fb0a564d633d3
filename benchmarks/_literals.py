"""The numbers that stand in a source, which of them are no choice and why, and the source with one of them moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
UNITS = (60, 100, 1000, 1024, 3600, 1e6, 1e9)
_GUARD = 1e-6  # what is that small only keeps a division from being one by zero
Above = list[tuple[ast.AST, str]]  # the nodes around one, each with the field that it stands in, the innermost last
_DECLARES = ("Threshold", "StageThreshold")


@dataclass(frozen=True, slots=True)
class Literal:
    """A number in a source. `left_out` says why it is no choice; "" where it is one."""

    path: Path
    line: int
    column: int
    value: float
    left_out: str
    declared: bool  # as the value of a threshold

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def told(self) -> str:
        return f"{self.where} = {self.value:g}"


def literals(path: Path) -> list[Literal]:
    """All numbers of a file, in their order."""
    tree = ast.parse(path.read_text())
    found = [
        Literal(path, node.lineno, node.col_offset, float(str(node.value)), _left_out(node, above), _declared(above))
        for node, above in _numbers(tree, [])
    ]
    return sorted(found, key=lambda one: (one.line, one.column))


def moved(literal: Literal, value: float) -> CodeType:
    """The code of its file with one number changed."""
    tree = ast.parse(literal.path.read_text())
    for node in ast.walk(tree):
        if _is_number(node) and (node.lineno, node.col_offset) == (literal.line, literal.column):  # type: ignore[attr-defined]
            node.value = value  # type: ignore[attr-defined]
    return compile(tree, str(literal.path), "exec")


def _numbers(node: ast.AST, above: Above) -> Iterator[tuple[ast.Constant, Above]]:
    """Each number with what is around it."""
    if _is_number(node):
        assert isinstance(node, ast.Constant)
        yield node, above
    for name, inner in ast.iter_fields(node):
        for child in inner if isinstance(inner, list) else [inner]:
            if isinstance(child, ast.AST):
                yield from _numbers(child, [*above, (node, name)])


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _left_out(node: ast.Constant, above: Above) -> str:
    value = float(node.value)  # type: ignore[arg-type]
    around, _ = above[-1]
    if value in (0, 1):
        return "nothing, or the whole"
    if abs(value) <= _GUARD:
        return "against a division by zero"
    if value in UNITS:
        return "unit"
    if any(isinstance(one, ast.Subscript) and name == "slice" for one, name in above):
        return "index, or length of a text"
    if isinstance(around, ast.BinOp) and isinstance(around.op, ast.Pow) and around.right is node:
        return "exponent"
    if isinstance(around, ast.Call) and isinstance(around.func, ast.Name) and around.func.id == "round":
        return "digits that are shown"
    return ""


def _declared(above: Above) -> bool:
    calls = [one.func for one, _ in above if isinstance(one, ast.Call)]
    return any(isinstance(func, ast.Name) and func.id in _DECLARES for func in calls)
