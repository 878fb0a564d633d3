"""`rampart doctor`: every question that could spoil a run, answered before it starts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.table import Table

from commands import _target
from conductor import doctor
from conductor.console import Console
from conductor.next_command import next_command
from conductor.room import Recording
from rampart.errors import ExitCode
from rampart.masking import masked

_USUAL_S = 480.0  # a run of eight minutes, which is what is usual


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    _target.add_runs(parser)


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    target = _target.resolve(arguments)
    if target.lab:
        console.say("Each run starts a lab of its own: only this machine is checked.")
    recording = Recording(arguments.runs, target.load.max_users, _USUAL_S)
    checks = list(doctor.of_lab(target, recording) if target.lab else doctor.ask(target, recording))
    table = Table("check", "status", box=None)
    for name in ("said", "remedy"):
        table.add_column(name, overflow="fold")  # a command or a path is nothing without its end
    for check in checks:
        table.add_row(*masked([check.name, check.status, check.said, check.remedy]))
    console.show(table)
    for check in checks:
        if check.error is not None:
            console.fail(check.error)  # in lines of its own, to be copied from
    console.say(_conclusion(checks))
    return next((check.error.code for check in checks if check.error is not None), ExitCode.DONE)


def _conclusion(checks: Sequence[doctor.Check]) -> str:
    """Whether a run may begin, which no row of a long table says."""
    missing = [check.name for check in checks if check.error is not None]
    if missing:
        return f"Not ready: {', '.join(missing)}."
    warnings = sum(check.status == "warning" for check in checks)
    noted = f", with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
    return f"Ready{noted}. Next: {next_command('ramp', '--quick')}"
