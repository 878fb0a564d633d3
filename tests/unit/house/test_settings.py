"""No setting is read by nothing: each field of the configuration's types is looked at where something is done."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from pathlib import Path

import rampart.config
from tests.unit.house.test_imports import KNOWN

_READERS = ("rampart.config", "rampart.target_file", "commands._target", "commands.config")


def read_in(path: Path) -> set[str]:
    """The attributes that a file reads."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}


def test_every_setting_is_read_where_something_is_done() -> None:
    read = set().union(*(read_in(path) for name, path in KNOWN.items() if name not in _READERS))
    ours = [kind for kind in vars(rampart.config).values() if getattr(kind, "__module__", "") == "rampart.config"]
    kinds = [kind for kind in ours if isinstance(kind, type) and is_dataclass(kind)]
    assert len(kinds) >= 8
    assert {f"{kind.__name__}.{f.name}" for kind in kinds for f in fields(kind) if f.name not in read} == set()


def test_one_that_is_only_set_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text("def f(target):\n    target.written = target.read\n    return dict(passed=1)\n")
    assert read_in(file) == {"read"}
