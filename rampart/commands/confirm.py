"""`rampart confirm`: apply the remedy of a run's first bottleneck, by turns with leaving it, and see what moves."""

from __future__ import annotations

import argparse
from pathlib import Path

from rampart.commands import _target
from rampart.conductor.confirm import confirm
from rampart.console import Console
from rampart.errors import Exit
from rampart.runs import Run


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="a folder below runs/ that names a bottleneck")
    _target.add_target(parser)
    parser.add_argument("--placebo", action="store_true", help="undo the remedy at once; it must not confirm")


def run(arguments: argparse.Namespace, console: Console) -> Exit:
    recorded = Run.open(arguments.run)
    told = confirm(recorded, _target.resolve(arguments), console, placebo=arguments.placebo)
    console.say(f"{told['finding']['id']}: {told['status']}. {told['sentence']}")
    if arguments.placebo:
        return Exit.OBJECTIVE_MISSED if told["status"] == "confirmed" else Exit.DONE
    console.say(f"report: {recorded.folder / 'report.html'}")
    return Exit.OBJECTIVE_MISSED if told["status"] == "refuted" else Exit.DONE
