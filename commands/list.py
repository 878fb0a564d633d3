"""`rampart list`: every plug-in with its one-line summary."""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Iterator

from rich.table import Table

from conductor.console import Console
from rampart.errors import ExitCode
from rampart.shipped import shipped

# Read from the sources, so that listing needs none of their libraries.
_DETECTORS, _VIOLATIONS = ("analysis.detectors", "Detector"), ("analysis.detectors", "ViolationKind")
_PLUGINS = {
    "flaws": [("lab.flaws", "Flaw")],
    "decoys": [("lab.decoys", "Decoy")],
    "findings": [_DETECTORS, _VIOLATIONS],
    "detectors": [_DETECTORS],
    "violations": [_VIOLATIONS],
    "probes": [("probes", "Probe")],
    "seeders": [("seeders", "Seeder")],
    "scenarios": [("scenarios", "")],  # their files are named, and hold no value
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=sorted(_PLUGINS), metavar="KIND", help=" | ".join(sorted(_PLUGINS)))
    parser.add_argument("--json", action="store_true", help="one JSON array")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    rows = plugins(arguments.kind)
    if arguments.json:
        console.say(json.dumps([{"name": name, "summary": summary} for name, summary in rows]))
        return ExitCode.DONE
    table = Table("name", "summary", box=None)
    for row in rows:
        table.add_row(*row)
    console.show(table)
    return ExitCode.DONE


def plugins(kind: str) -> list[tuple[str, str]]:
    """Name and summary of each plug-in of a kind: of its value, or of its file for scenarios."""
    return [row for package, value in _PLUGINS[kind] for row in _of_package(package, value)]


def _of_package(package: str, value: str) -> Iterator[tuple[str, str]]:
    """The plug-ins of one folder, whose values are of the type named `value`; "": they are the files themselves."""
    for path in sorted(shipped(package).glob("*.py")):
        if path.name.startswith("_"):
            continue
        tree = ast.parse(path.read_text())
        said = (ast.get_docstring(tree) or "").splitlines()[0]
        if not value:
            yield path.stem, said
        elif (found := _value(tree, value)) is not None:
            yield found[0], found[1] or said


def _value(tree: ast.Module, kind: str) -> tuple[str, str] | None:
    """The name and summary that a plug-in's constructor is called with, by keyword or by place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind:
            words = {k.arg: k.value for k in node.keywords}
            texts = [a for a in (words.get("name", node.args[0] if node.args else None), words.get("summary")) if a]
            if isinstance(texts[0], ast.Constant):
                summary = texts[1].value if len(texts) > 1 and isinstance(texts[1], ast.Constant) else ""
                return str(texts[0].value), str(summary) or _positional(node, kind)
    return None


def _positional(node: ast.Call, kind: str) -> str:
    """The summary where it is given by place: third of a detector, second of the others."""
    place = 2 if kind == "Detector" else 1
    value = node.args[place] if len(node.args) > place else None
    return str(value.value) if isinstance(value, ast.Constant) else ""
