"""`rampart confirm`: apply the remedy of a run's first bottleneck, by turns with leaving it, and see what moves."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands import _target
from conductor.console import Console
from conductor.experiment.journal import of_run
from conductor.experiment.run import confirm, squeeze
from conductor.experiment.take_back import undo
from rampart.config import Target
from rampart.errors import ExitCode, RampartError, UsageError
from rampart.runs import Run

_SQUEEZE_MS = 10.0  # many times what a server on loopback takes to answer, and little for a person
_MOST_MS = 1000.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="a folder below runs/ that names a bottleneck")
    _target.add_target(parser)
    parser.add_argument("--undo", action="store_true", help="take back what a killed experiment left in the target")
    parser.add_argument("--by-hand", action="store_true", help="with --undo: it was taken back by hand; forget it")
    parser.add_argument(
        "--placebo", action="store_true", help="undo the remedy at once, or squeeze another part: nothing must move"
    )
    parser.add_argument(
        "--squeeze", type=float, nargs="?", const=_SQUEEZE_MS, metavar="MS",
        help=f"on the lab: no remedy, but the suspect's answers come so much later by turns ({_SQUEEZE_MS:g})",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    if arguments.undo:
        undo(arguments.run, _own_target(arguments), console, by_hand=arguments.by_hand)
        return ExitCode.DONE
    if arguments.by_hand:
        raise UsageError("--by-hand means nothing alone", "it says how a remedy was undone", "Add --undo.")
    recorded = Run.open(arguments.run)
    if arguments.squeeze is not None:
        return _squeeze(recorded, arguments, console)
    told = confirm(recorded, _target.resolve(arguments), console, placebo=arguments.placebo)
    console.say(f"{told['finding']['id']}: {told['status']}. {told['sentence']}")
    if arguments.placebo:
        return ExitCode.OBJECTIVE_MISSED if told["status"] == "confirmed" else ExitCode.DONE
    console.say(f"report: {recorded.folder / 'report.html'}")
    return ExitCode.OBJECTIVE_MISSED if told["status"] == "refuted" else ExitCode.DONE


def _own_target(arguments: argparse.Namespace) -> Target | None:
    """The target of the experiment: that of the call, or of the file that the journal names, where that can be read."""
    found = of_run(arguments.run)
    if arguments.target != _target.DEFAULT or found is None or found.entry.target_file is None:
        return None if arguments.target == _target.DEFAULT else _target.resolve(arguments)
    arguments.target = Path(found.entry.target_file)
    try:
        return _target.resolve(arguments)
    except RampartError:  # the journal is enough, but for a secret in the command
        return None


def _squeeze(recorded: Run, arguments: argparse.Namespace, console: Console) -> ExitCode:
    if not 0 < arguments.squeeze <= _MOST_MS:
        raise UsageError(
            f"--squeeze {arguments.squeeze:g} is out of range", f"milliseconds, at most {_MOST_MS:g}, are wanted",
            f"Try --squeeze {_SQUEEZE_MS:g}.",
        )  # fmt: skip
    told = squeeze(recorded, _target.resolve(arguments), console, arguments.squeeze, placebo=arguments.placebo)
    console.say(f"{told['finding']['id']}: {told['squeeze']}. {told['sentence']}")
    return ExitCode.OBJECTIVE_MISSED if arguments.placebo and told["moved"] else ExitCode.DONE
