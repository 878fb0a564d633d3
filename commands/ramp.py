"""`rampart ramp`: the main job."""

from __future__ import annotations

import argparse
from dataclasses import replace

from commands import _target
from conductor.console import Console
from conductor.session import Options, quick, ramp
from rampart.errors import ExitCode, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    _target.add_levels(parser)
    _target.add_runs(parser)
    _target.add_target_version(parser)
    parser.add_argument("--flaws", metavar="A,B", help="for the lab: flaws, or young, none (young)")
    parser.add_argument("--decoys", default="", metavar="A,B", help="for the lab: what looks guilty and is not (none)")
    parser.add_argument("--quick", action="store_true", help="short stages at the first and the last level")
    parser.add_argument("--minutes", type=float, metavar="M", help="time for the whole run (8; quick: 2.8)")
    parser.add_argument("--max-users", type=int, metavar="N", help="stop the climb here (400)")
    parser.add_argument(
        "--accidents", action="store_true", help="for the lab: kill its workers and its queue at the end, count effects"
    )


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    options = options_of(arguments)
    return ramp(options, console).code


def options_of(arguments: argparse.Namespace) -> Options:
    """The call, resolved once."""
    target = _target.resolve(arguments)
    for name in ("flaws", "decoys", "accidents"):
        if getattr(arguments, name) and not target.lab:
            raise UsageError(
                f"--{name} means nothing to {target.name}", "only the lab can be broken on purpose",
                f"Leave --{name} out, or leave --target out to ramp the lab.",
            )  # fmt: skip
    options = Options(
        target,
        arguments.flaws or "young",
        arguments.tenants,
        decoys=tuple(name for name in arguments.decoys.split(",") if name),
        runs=arguments.runs,
        accidents=arguments.accidents,
    )
    if arguments.quick:
        options = quick(options)
    return options if arguments.minutes is None else replace(options, minutes=arguments.minutes)
