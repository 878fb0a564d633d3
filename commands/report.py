"""`rampart report`: everything derived from a run, made again from what was recorded."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.verdict.analyse import analyse
from conductor.console import Console
from rampart.compaction import remove_unfinished
from rampart.errors import ExitCode, Incomplete, NotReady
from rampart.runs import Run
from rampart.unrecorded import Unrecorded
from rampart.verdict import Verdict
from rampart.verdict_exit_code import conclusion
from rampart.verdict_file import write_verdict
from reports.explanation import why
from reports.render import render
from reports.terminal import lines


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="a folder below runs/")
    parser.add_argument("--why", action="store_true", help="each number behind the verdict and each rejected rival")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    recorded = Run.open(arguments.run)
    if recorded.about.get("outcome") != "running":
        remove_unfinished(recorded.folder)
    verdict = analyse(recorded)
    try:
        write_verdict(recorded, verdict)
        render(recorded, verdict)
    except Unrecorded as refused:  # a run on a disk that is full, or on one for reading alone
        console.show(lines(verdict))
        raise NotReady(f"no report can be written in {recorded.folder}", refused.why, refused.remedy) from None
    console.show(lines(verdict))
    console.say(f"report: {recorded.folder / 'report.html'}")
    if arguments.why:
        console.say(why(verdict))
    return _judge(recorded, verdict)


def _judge(recorded: Run, verdict: Verdict) -> ExitCode:
    """The exit code that the run had, or has without the end that it did not reach."""
    outcome, code = recorded.about.get("outcome"), ExitCode(conclusion(verdict).exit)
    if outcome != "complete" and code is not ExitCode.VIOLATION:
        incomplete = Incomplete(
            f"the run {recorded.folder.name} is incomplete",
            "it was stopped before its end" if outcome == "running" else f"its recording ended as {outcome!r}",
            "The report shows what was seen; run the ramp again for a full verdict.",
        )
        incomplete.code = code
        raise incomplete
    return code
