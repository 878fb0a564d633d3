"""`rampart knee FILE…`: the knee of anybody's measurements, from any load tool."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.knee import find_knee
from analysis.kneefile import line, plot, read_windows, sentence
from rampart.console import Console
from rampart.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="stage,users,throughput_rps; a row a window"
    )
    parser.add_argument("--json", action="store_true", help="one line per file")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw each file as a picture into this folder")


def run(arguments: argparse.Namespace, console: Console) -> Exit:
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
    return Exit.DONE
