"""`rampart compare A B`: what changed between two runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from conductor.console import Console
from rampart.errors import Exit, UsageError
from rampart.model import JSON
from rampart.runs import Run
from reports.compare import compare


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path, metavar="A")
    parser.add_argument("after", type=Path, metavar="B")


def run(arguments: argparse.Namespace, console: Console) -> Exit:
    comparison = compare(_verdict(arguments.before), _verdict(arguments.after))
    console.say(comparison["sentence"])
    for level in comparison["levels"]:
        console.say(f"  {level['sentence']}")
    return Exit.OBJECTIVE_MISSED if comparison["regressed"] else Exit.DONE


def _verdict(folder: Path) -> JSON:
    verdict: JSON | None = Run.open(folder).read_json("verdict.json")
    if verdict is None:
        raise UsageError(f"{folder} has no verdict", "verdict.json is missing", f"Make it: rampart report {folder}")
    return verdict
