"""`rampart confirm`: apply the remedy of a run's first bottleneck, by turns with leaving it, and see what moves."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands import _target
from conductor.console import Console
from conductor.experiment.run import confirm, squeeze
from rampart.errors import ExitCode, UsageError
from rampart.runs import Run

_SQUEEZE_MS = 10.0  # many times what a server on loopback takes to answer, and little for a person
_MOST_MS = 1000.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="a folder below runs/ that names a bottleneck")
    _target.add_target(parser)
    parser.add_argument(
        "--placebo", action="store_true", help="undo the remedy at once, or squeeze another part: nothing must move"
    )

    parser.add_argument(
        "--squeeze", type=float, nargs="?", const=_SQUEEZE_MS, metavar="MS",
        help=f"on the lab: no remedy, but the suspect's answers come so much later by turns ({_SQUEEZE_MS:g})",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    recorded = Run.open(arguments.run)
    if arguments.squeeze is not None:
        return _squeeze(recorded, arguments, console)
    told = confirm(recorded, _target.resolve(arguments), console, placebo=arguments.placebo)
    console.say(f"{told['finding']['id']}: {told['status']}. {told['sentence']}")
    if arguments.placebo:
        return ExitCode.OBJECTIVE_MISSED if told["status"] == "confirmed" else ExitCode.DONE
    console.say(f"report: {recorded.folder / 'report.html'}")
    return ExitCode.OBJECTIVE_MISSED if told["status"] == "refuted" else ExitCode.DONE


def _squeeze(recorded: Run, arguments: argparse.Namespace, console: Console) -> ExitCode:
    if not 0 < arguments.squeeze <= _MOST_MS:
        raise UsageError(
            f"--squeeze {arguments.squeeze:g} is out of range", f"milliseconds, at most {_MOST_MS:g}, are wanted",
            f"Try --squeeze {_SQUEEZE_MS:g}.",
        )  # fmt: skip
    told = squeeze(recorded, _target.resolve(arguments), console, arguments.squeeze, placebo=arguments.placebo)
    console.say(f"{told['finding']['id']}: {told['squeeze']}. {told['sentence']}")
    return ExitCode.OBJECTIVE_MISSED if arguments.placebo and told["moved"] else ExitCode.DONE
