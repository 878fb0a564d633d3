"""`rampart knee FILE…`: the knee of anybody's measurements, from any load tool."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from analysis.knee.estimate import KneeEstimate, find_knee
from commands.knee_plot import plot
from conductor.console import Console
from rampart.errors import ExitCode
from readers.curves import Curve, read_curves, readers


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="what a load tool wrote, or a table; may end in .gz"
    )
    parser.add_argument("--json", action="store_true", help="one line per curve")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw each curve as a picture into this folder")
    parser.add_argument("--format", metavar="NAME", help="what the files are, where it is not recognised")
    parser.add_argument("--endpoint", metavar="NAME", help="count only its requests (default: all endpoints summed)")
    parser.epilog = f"{parser.epilog or ''}\n\n{formats()}"


def formats() -> str:
    """Each format with how such a file is written and read."""
    known = readers().values()
    return "\n".join(["formats:", *(f"  {one.name}: {one.summary}\n    {one.example}" for one in known)])


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    for curve in read_curves(arguments.files, arguments.format, arguments.endpoint):
        estimate = find_knee(curve.stages)
        console.say(line(curve, estimate) if arguments.json else sentence(curve, estimate, arguments.endpoint))
        if arguments.plot:
            arguments.plot.mkdir(parents=True, exist_ok=True)
            picture = arguments.plot / f"{curve.paths[0].stem}.png"
            plot(curve.stages, estimate, picture)
            if not arguments.json:
                console.say(f"  drawn: {picture}")
    return ExitCode.DONE


def line(curve: Curve, estimate: KneeEstimate) -> str:
    """One line of JSON about one curve, for machines."""
    knee = None
    if estimate.value is not None:
        knee = {"value": _short(estimate.value), "low": _short(estimate.low), "high": _short(estimate.high)}
    return json.dumps(
        {
            "file": str(curve.paths[0]),
            "files": [str(path) for path in curve.paths],
            "format": curve.format,
            "endpoints": list(curve.endpoints),
            "knee_users": knee,
            "at_least_users": _short(estimate.at_least),
            "reason": estimate.reason,
            "max_throughput_rps": _short(estimate.max_throughput_rps),
        }
    )


def _short(value: float | None) -> float | None:
    """Four digits: more than the interval supports, few enough to read."""
    return None if value is None else float(f"{value:.4g}")


def sentence(curve: Curve, estimate: KneeEstimate, endpoint: str | None = None) -> str:
    """What a curve says, for people."""
    rate = estimate.max_throughput_rps
    name = f"{curve.name}{_endpoints(curve, endpoint)}"
    if estimate.value is None or estimate.low is None or estimate.high is None:
        best = "" if rate is None else f" The highest throughput seen is {rate:,.4g} requests/s."
        bound = "" if estimate.at_least is None else f" The knee lies above {estimate.at_least:,.0f} users."
        return f"{name}: no knee; {estimate.reason}.{bound}{best}"
    return (
        f"{name}: the knee is at {estimate.value:,.0f} users (95 %: {estimate.low:,.0f} to {estimate.high:,.0f}); "
        f"throughput levels off at {rate:,.4g} requests/s."
    )


def _endpoints(curve: Curve, endpoint: str | None) -> str:
    """Which requests were counted, where a file tells several endpoints apart."""
    if endpoint is not None:
        return f" ({endpoint} alone)"
    if len(curve.endpoints) < 2:
        return ""
    named = ", ".join(curve.endpoints[:3]) + (", …" if len(curve.endpoints) > 3 else "")
    return f" ({len(curve.endpoints)} endpoints summed: {named})"
