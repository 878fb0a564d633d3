"""`rampart lab`: staging in a box, from several shells."""

from __future__ import annotations

import argparse

from conductor.console import Console
from lab.detached import down, status, up_detached
from lab.folder import sweep
from rampart.errors import ExitCode


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("up", "status", "down"))
    parser.add_argument("--flaws", default="none", metavar="A,B", help="flaws, or young, none (none)")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    if arguments.action == "down":
        console.say("the lab is down" if down() else "no lab was up")
        sweep(console.say)
        return ExitCode.DONE
    if arguments.action == "up":
        up_detached(flaws=arguments.flaws.split(","), say=console.say)
    standing = status()
    if standing is None:
        console.say("no lab is up; `rampart lab up` starts one")
        return ExitCode.DONE
    target = standing.target
    console.say(f"the lab is up (process {standing.pid})")
    rows = {"application": target.url, "Postgres": target.postgres, "statistics": target.app_stats}
    rows |= {"replica": target.replica} if target.replica else {}
    rows |= {str(server.role): server.url for server in target.redis}
    for name, where in rows.items():
        console.say(f"  {name:<12} {where}")
    console.say("`rampart lab down` ends it")
    return ExitCode.DONE
