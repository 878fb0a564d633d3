"""`rampart ladder`: mend the first bottleneck of the lab, find the next, until the wanted load is held."""

from __future__ import annotations

import argparse
import json
import time

from commands import _target
from conductor.console import Console
from conductor.ladder.carry_out import PAGE, carry_out
from conductor.room import require_writable
from conductor.session import Options
from conductor.timing import QUICK
from rampart.errors import ExitCode, UsageError
from rampart.model import JSON
from rampart.runs import new_folder
from reports.ladder import lines
from reports.ladder_chart import times


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    _target.add_runs(parser)
    parser.add_argument("--tenants", type=_target.levels, default=(100, 10_000), metavar="N,N,…",
                        help="levels of the first ramp; the climb is at the last (100,10000)")  # fmt: skip
    parser.add_argument("--users", type=int, default=400, metavar="N", help="wanted within the objective (400)")
    parser.add_argument("--flaws", default="young", metavar="A,B", help="what is wrong at first (young)")
    parser.add_argument("--minutes", type=float, default=30.0, metavar="M", help="for the whole climb (30)")
    parser.add_argument("--ramp-minutes", type=float, default=2.3, metavar="M", help="for one ramp (2.3)")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    target = _target.resolve(arguments)
    if not target.lab:
        raise UsageError(
            f"{target.name} cannot be climbed", "a ladder mends what it finds, and only the lab knows all its remedies",
            "Ramp, mend by hand, `rampart confirm` or `rampart compare`, and ramp again.",
        )  # fmt: skip
    target = target.up_to(arguments.users)
    require_writable(arguments.runs)
    folder = new_folder(arguments.runs, time.strftime("%Y-%m-%dT%H%M", time.gmtime()) + "-ladder")
    options = Options(
        target, arguments.flaws, arguments.tenants, QUICK, arguments.ramp_minutes, runs=folder, purpose="ladder"
    )
    told = carry_out(options, arguments.minutes, console)
    for line in lines(told):
        console.say(line)
    console.say(f"report: {folder / PAGE}")
    console.say(json.dumps(_bench(told)))
    return ExitCode.DONE if told["held"] else ExitCode.OBJECTIVE_MISSED


def _bench(told: JSON) -> JSON:
    """The figures of the climb beside what is wanted of them."""
    first, last = told["first"] or {}, told["last"] or {}
    grew = times(first, last) if first and last else 0.0
    figures = {
        "rungs": len(told["rungs"]), "minutes": told["seconds"] / 60, "times": grew,
        "first_users": first.get("held"), "last_users": last.get("held"), "missteps": len(told["missteps"]),
    }  # fmt: skip
    goals = {
        "rungs": [4, len(told["rungs"]) >= 4], "minutes": [30, told["seconds"] < 1800], "times": [10, grew >= 10],
    }  # fmt: skip
    return {"bench": "ladder", "figures": figures, "goals": goals}
