"""`rampart flawbank`: how often the right cause is named, over every planted flaw; and whether each flaw is real."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from commands import _target
from conductor.console import Console
from conductor.session import Options
from conductor.timing import QUICK
from flawbank import climb_score, climbs, gain_ramps, gain_score
from flawbank.cases import cases
from flawbank.confirm import confirm_bank
from flawbank.pairs import settle_pairs
from flawbank.run import Bank, carry_out, judged, label, write
from flawbank.table import bench, confirmed_table, pairs_table, table, verified_table
from flawbank.verify import verify
from lab.profiles import FLAWS, chosen
from rampart.errors import ExitCode, UsageError, nearest
from rampart.model import JSON
from rampart.shipped import checkout


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    parser.add_argument("--bank", type=Path, default=Path("runs/flawbank"), metavar="DIR", help="the recordings")
    parser.add_argument("--minutes", type=float, default=60.0, metavar="M", help="start no case after; 0: score alone")
    parser.add_argument("--repeats", type=int, default=2, metavar="N", help="of each flaw, severity and pair (2)")
    parser.add_argument("--only", default="", metavar="A,B", help="these flaws alone")
    parser.add_argument("--tenants", type=_target.levels, default=(), metavar="N,N,…", help="these levels alone")
    parser.add_argument("--plain", action="store_true", help="no severities, pairs or decoys")
    parser.add_argument("--seed", type=int, default=1, help="of the order (1)")
    parser.add_argument(
        "--ramp-minutes", type=float, default=2.2, metavar="M", help="for one ramp, seeding apart (2.2)"
    )
    parser.add_argument("--confirm", action="store_true", help="confirm each flaw that is recorded, and try a placebo")
    parser.add_argument("--pairs", action="store_true", help="mend each flaw of a pair alone: which one comes first?")
    parser.add_argument("--verify", action="store_true", help="ramp each flaw with and without it instead")
    parser.add_argument(
        "--gains", action="store_true", help="what each remedy buys, by two ramps, beside the prediction"
    )
    parser.add_argument(
        "--climbs", nargs="?", const=",".join(climbs.PROFILES), metavar="A,B",
        help=f"climb profiles: what came next, beside the prediction ({','.join(climbs.PROFILES)})",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    only = [name for name in arguments.only.split(",") if name]
    for name in only:
        if name not in FLAWS:
            raise UsageError(f"there is no flaw called {name!r}", "--only names it", nearest(name, FLAWS))
    target = _target.resolve(arguments)
    if not target.lab:
        raise UsageError(
            f"{target.name} has no flaw bank", "planted flaws are scored, and only the lab has some",
            "Leave --target away, or ramp it with `rampart ramp`.",
        )  # fmt: skip
    options = Options(
        target, timing=QUICK, minutes=arguments.ramp_minutes, growth_apart=True, purpose="flawbank", accidents=True
    )
    bank = Bank(arguments.bank)
    for name, instead in _INSTEAD.items():
        if getattr(arguments, name):
            return instead(bank, only, options, arguments, console)
    wanted = cases(
        arguments.repeats, arguments.seed, only=only, severities=not arguments.plain, pairs=not arguments.plain,
        decoys=not arguments.plain, levels=arguments.tenants,
    )  # fmt: skip
    left = carry_out(bank, wanted, options, arguments.minutes, console)
    if not bank.rows():
        raise UsageError(f"{bank.folder} holds no recordings", "no case was carried out", "Give it --minutes 60.")
    label(bank)
    figures = {**judged(bank, wanted), "cases_left": left, "baselines": _baselines(bank.folder, console)}
    write(bank, figures)
    for line in table(figures):
        console.say(line)
    console.say(json.dumps(bench(figures)))
    return ExitCode.DONE


def _verify(bank: Bank, only: list[str], options: Options, asked: argparse.Namespace, console: Console) -> ExitCode:
    flaws = [flaw for name, flaw in FLAWS.items() if not only or name in only]
    rows = verify(bank, flaws, options, asked.minutes, console)
    for line in verified_table(rows):
        console.say(line)
    good = sum(row["ok"] is True for row in rows)
    figures = {"believed": good, "flaws": len(rows), "not_reached": sum(row["ok"] is None for row in rows)}
    goals = {"believed": [len(rows), good == len(rows)]}
    console.say(json.dumps({"bench": "flawbank-verify", "figures": figures, "goals": goals}))
    return ExitCode.DONE if good == len(rows) else ExitCode.OBJECTIVE_MISSED


def _confirm(bank: Bank, only: list[str], options: Options, asked: argparse.Namespace, console: Console) -> ExitCode:
    rows = [row for row in confirm_bank(bank, options.target, asked.minutes, console, only) if row["named"]]
    if not rows:
        raise UsageError(f"{bank.folder} has nothing to confirm", "no recording in it names its flaw", "Fill it first.")
    for line in confirmed_table(rows):
        console.say(line)
    done = [row for row in rows if row["remedy"] is not None]
    right, wrong = sum(r["remedy"] == "confirmed" for r in done), sum(r["placebo"] == "confirmed" for r in rows)
    figures = {"confirmed": right, "flaws": len(rows), "tried": len(done), "placebos_confirmed": wrong}
    goals = {"confirmed": [len(rows), right == len(rows)], "placebos_confirmed": [0, wrong == 0]}
    console.say(json.dumps({"bench": "flawbank-confirm", "figures": figures, "goals": goals}))
    return ExitCode.DONE if right == len(rows) and not wrong else ExitCode.OBJECTIVE_MISSED


def _pairs(bank: Bank, only: list[str], options: Options, asked: argparse.Namespace, console: Console) -> ExitCode:
    rows = settle_pairs(bank, options.target, asked.minutes, console, only)
    if not rows:
        raise UsageError(f"{bank.folder} holds no pairs", "no recording in it has two flaws", "Fill it first.")
    for line in pairs_table(rows):
        console.say(line)
    firsts = [row["first"] for row in rows if row["first"] is not None]
    expected = sum(row["first"] == row["expected"] for row in rows)
    figures = {"pairs": len(rows), "settled": len(firsts), "as_expected": expected}
    console.say(json.dumps({"bench": "flawbank-pairs", "figures": figures, "goals": {}}))
    return ExitCode.DONE


def _gains(bank: Bank, only: list[str], options: Options, asked: argparse.Namespace, console: Console) -> ExitCode:
    flaws = gain_ramps.choice(asked.seed, only)
    if not flaws:
        raise UsageError(f"no gain of {' and '.join(only)} is predicted", "their detectors give none", "Name others.")
    console.say(f"gains of {len(flaws)} flaws, in this order: {', '.join(flaw.name for flaw in flaws)}")
    left = gain_ramps.measure(bank, flaws, _to_the_end(options), asked.minutes, console)
    rows = gain_ramps.judged(bank, flaws)
    for line in gain_score.table(rows):
        console.say(line)
    for row in gain_ramps.failed(bank):
        console.say(f"  failed: {row['flaw']}: {row['error']}")
    return _scored(gain_score.bench({**gain_score.figures(rows), "left": left}), console)


def _climbs(bank: Bank, _: list[str], options: Options, asked: argparse.Namespace, console: Console) -> ExitCode:
    profiles = asked.climbs.split(",")
    chosen(profiles)  # before anything starts
    further = replace(_to_the_end(options), tenants=asked.tenants or climbs.TENANTS)
    left = climbs.climb_all(bank, profiles, further, asked.minutes, console)
    steps = climbs.judged(bank, profiles)
    for line in climb_score.table(steps):
        console.say(line)
    return _scored(climb_score.bench({**climb_score.figures(steps), "left": left}), console)


def _to_the_end(options: Options) -> Options:
    """With as many users as the lab may be given: what is left after a remedy must be met as well; no accidents."""
    return replace(options, target=options.target.up_to(options.target.most_users), accidents=False)


def _scored(told: JSON, console: Console) -> ExitCode:
    console.say(json.dumps(told))
    return ExitCode.DONE if all(met for _, met in told["goals"].values()) else ExitCode.OBJECTIVE_MISSED


def _baselines(folder: Path, console: Console) -> JSON:
    """What simple rules name on the same recordings: the figures of the naming benchmark, {} outside a checkout."""
    root = checkout()
    if root is None:
        console.say("Simple rules are not judged beside us: the benchmarks are only in a checkout of the repository.")
        return {}
    command = [sys.executable, "-m", "benchmarks.naming", "--runs", str(folder.resolve())]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    try:
        told: JSON = json.loads(done.stdout.strip().splitlines()[-1])["figures"]
    except (ValueError, IndexError, KeyError):
        console.warn(f"the baselines could not be had: {done.stderr.strip()[-200:]}")
        return {}
    return told


_INSTEAD = {"verify": _verify, "confirm": _confirm, "pairs": _pairs, "gains": _gains, "climbs": _climbs}
