"""`rampart knee FILE…`: the knee of anybody's measurements, from any load tool."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from analysis.knee.estimate import KneeEstimate, find_knee
from commands.knee_plot import plot
from conductor.console import Console
from rampart.errors import ExitCode
from readers.knee_csv import read_windows


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="stage,users,throughput_rps; a row a window"
    )
    parser.add_argument("--json", action="store_true", help="one line per file")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw each file as a picture into this folder")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    for path in arguments.files:
        stages = read_windows(path)
        estimate = find_knee(stages)
        console.say(line(path, estimate) if arguments.json else sentence(path, estimate))
        if arguments.plot:
            arguments.plot.mkdir(parents=True, exist_ok=True)
            picture = arguments.plot / f"{path.stem}.png"
            plot(stages, estimate, picture)
            if not arguments.json:
                console.say(f"  drawn: {picture}")
    return ExitCode.DONE


def line(path: Path, estimate: KneeEstimate) -> str:
    """One line of JSON about one file, for machines."""
    knee = None
    if estimate.value is not None:
        knee = {"value": _short(estimate.value), "low": _short(estimate.low), "high": _short(estimate.high)}
    return json.dumps(
        {
            "file": str(path),
            "knee_users": knee,
            "reason": estimate.reason,
            "max_throughput_rps": _short(estimate.max_throughput_rps),
        }
    )


def _short(value: float | None) -> float | None:
    """Four digits: more than the interval supports, few enough to read."""
    return None if value is None else float(f"{value:.4g}")


def sentence(path: Path, estimate: KneeEstimate) -> str:
    """What the file says, for people."""
    rate = estimate.max_throughput_rps
    if estimate.value is None or estimate.low is None or estimate.high is None:
        best = "" if rate is None else f" The highest throughput seen is {rate:,.4g} requests/s."
        return f"{path.name}: no knee; {estimate.reason}.{best}"
    return (
        f"{path.name}: the knee is at {estimate.value:,.0f} users (95 %: {estimate.low:,.0f} to {estimate.high:,.0f}); "
        f"throughput levels off at {rate:,.4g} requests/s."
    )
