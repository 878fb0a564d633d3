"""`rampart explain ID`: the page of a finding, and the thresholds of its detector."""

from __future__ import annotations

import argparse

from rich.markdown import Markdown

from analysis.detectors._detector import Detector
from analysis.detectors._violations_found import every_violation
from analysis.ranking.judge import DETECTORS
from conductor.console import Console
from rampart.errors import ExitCode, UsageError, nearest
from rampart.shipped import shipped

PAGES = shipped("docs", "findings")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a finding id, such as missing-index (`rampart list findings`: all)")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    pages = {path.stem: path for path in PAGES.glob("*.md")}
    detector = DETECTORS.get(arguments.id)
    known = {name: one.summary for name, one in DETECTORS.items()}
    known |= {name: kind.summary for name, kind in every_violation().items()}
    if arguments.id in pages:
        text = pages[arguments.id].read_text()
    elif arguments.id in known:
        text = f"# {arguments.id}\n\n{known[arguments.id]}\n"
    else:
        raise UsageError(f"there is no finding {arguments.id!r}", "docs/findings has no such page",
                         nearest(arguments.id, [*pages, *known]))  # fmt: skip
    console.show(Markdown(text + (_thresholds(detector) if detector else "")))
    return ExitCode.DONE


def _thresholds(detector: Detector) -> str:
    """What its detector goes by, as a table; nothing where that is no number."""
    rows = [f"| {one.name} | {one} | {one.unit} | {one.source} |" for one in detector.thresholds]
    head = ["\n## Thresholds\n", "| name | value | unit | source |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n" if rows else ""
