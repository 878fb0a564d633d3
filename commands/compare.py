"""`rampart compare A B`: what changed between two runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from conductor.console import Console
from rampart.errors import ExitCode
from rampart.runs import Run
from rampart.verdict_file import read_verdict
from reports.compare import compare


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path, metavar="A")
    parser.add_argument("after", type=Path, metavar="B")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    comparison = compare(*(read_verdict(Run.open(folder)) for folder in (arguments.before, arguments.after)))
    console.say(comparison.sentence)
    for level in comparison.levels:
        console.say(f"  {level.sentence}")
    return ExitCode.OBJECTIVE_MISSED if comparison.regressed else ExitCode.DONE
