"""`rampart claims`: claims about how a SaaS breaks, each beside what the lab measured."""

from __future__ import annotations

import argparse
import json

import lab.claims
from conductor.console import Console
from lab.claims._claim import Claim, Measured
from lab.staging import Lab
from rampart.errors import ExitCode, NotReady, UsageError, nearest
from rampart.plugins import discover
from seeders.growth import grow

_TENANTS = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", metavar="A,B", help="these claims alone")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    claims = discover(lab.claims, Claim)
    wanted = [name for name in arguments.only.split(",") if name] or list(claims)
    for name in wanted:
        if name not in claims:
            raise UsageError(f"there is no claim called {name!r}", "--only names it", nearest(name, claims))
    seen = {name: found for name in wanted if (found := _measured(claims[name], console)) is not None}
    figures = {name: {f"{what} ({unit})": value for what, value, unit in m.rows} for name, m in seen.items()}
    goals = {name: [claims[name].says, m.agrees] for name, m in seen.items()}
    console.say(json.dumps({"bench": "claims", "figures": figures, "goals": goals}))
    return ExitCode.DONE


def _measured(claim: Claim, console: Console) -> Measured | None:
    """What was seen; None where the lab cannot be had so on this machine, which is said."""
    try:
        with Lab.up(flaws=claim.flaws) as up:
            target = up.target
            grow.grow(grow.find("lab"), target.postgres or "", _TENANTS, 1, lambda _share, _text: None)
            measured = claim.measure(up)
    except NotReady as error:
        console.warn(f"{claim.name} is not measured: {error}")
        return None
    console.say(f"{claim.name}: {claim.says}")
    for what, value, unit in measured.rows:
        console.say(f"  {what:<28} {value:>10.3g} {unit}")
    console.say(f"  {'agrees' if measured.agrees else 'DISAGREES'}: {measured.said}")
    return measured
