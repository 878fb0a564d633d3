"""`rampart history`: the recorded runs, newest first."""

from __future__ import annotations

import argparse

from rich.table import Table

from commands import _target
from conductor.console import Console
from rampart.errors import Exit
from rampart.runs import Run


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_runs(parser)


def run(arguments: argparse.Namespace, console: Console) -> Exit:
    folders = sorted((f for f in arguments.runs.glob("*") if (f / "run.json").exists()), reverse=True)
    if not folders:
        console.say(f"No runs in {arguments.runs}; `rampart ramp` makes one.")
        return Exit.DONE
    table = Table("run", "ended", "outcome", "first bottleneck", box=None)
    for folder in folders:
        recorded = Run(folder)
        about, verdict = recorded.read_json("run.json") or {}, recorded.read_json("verdict.json") or {}
        first = (verdict.get("first") or {}).get("id", "–")
        table.add_row(folder.name, str(about.get("outcome")), str(verdict.get("outcome", "no verdict")), first)
    console.show(table)
    return Exit.DONE
