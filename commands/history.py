"""`rampart history`: the recorded runs, newest first."""

from __future__ import annotations

import argparse

from rich.table import Table

from commands import _target
from conductor.console import Console
from rampart.errors import ExitCode, UsageError
from rampart.runs import Run
from rampart.verdict_file import NAME, read_verdict


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_runs(parser)


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    folders = sorted((f for f in arguments.runs.glob("*") if (f / "run.json").exists()), reverse=True)
    if not folders:
        console.say(f"No runs in {arguments.runs}; `rampart ramp` makes one.")
        return ExitCode.DONE
    table = Table("run", "ended", "outcome", "first bottleneck", box=None)
    for folder in folders:
        recorded = Run(folder)
        ended = str((recorded.read_json("run.json") or {}).get("outcome"))
        table.add_row(folder.name, ended, *_verdict(recorded))
    console.show(table)
    return ExitCode.DONE


def _verdict(recorded: Run) -> tuple[str, str]:
    """The outcome and the first bottleneck of a run; of one whose verdict cannot be read, how to get another."""
    if not (recorded.folder / NAME).exists():
        return "no verdict", "–"
    try:
        verdict = read_verdict(recorded)
    except UsageError:
        return "unreadable", f"rampart report {recorded.folder}"
    return verdict.outcome, verdict.first.id if verdict.first else "–"
