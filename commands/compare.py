"""`rampart compare A B`: what changed between two runs that were made under the same conditions."""

from __future__ import annotations

import argparse
from pathlib import Path

from conductor.baseline import verdict_today
from conductor.console import Console
from rampart.errors import ExitCode
from rampart.fingerprint import unlike
from rampart.runs import Run
from rampart.verdict import Verdict
from rampart.verdict_file import read_verdict
from reports.compare import compare, not_compared
from reports.comparison import Comparison


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path, metavar="A")
    parser.add_argument("after", type=Path, metavar="B")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    before, after = (Run.open(folder) for folder in (arguments.before, arguments.after))
    if why := unlike(before.about, after.about):
        console.say(not_compared(f"{arguments.before} and {arguments.after} are not like with like: {why}").sentence)
        return ExitCode.USAGE
    versions = (before.about.get("target_version"), after.about.get("target_version"))
    comparison = compare(*_verdicts(before, after, console), versions=versions)
    console.say(comparison.sentence)
    for level in comparison.levels:
        console.say(f"  {level.sentence}")
    return _code(comparison)


def _verdicts(before: Run, after: Run, console: Console) -> tuple[Verdict, Verdict]:
    """Both as one Rampart judges them: as they are where the same made them, else as this one does."""
    if all(before.about.get(key) == after.about.get(key) for key in ("rampart", "commit")):
        return read_verdict(before), read_verdict(after)
    console.say("the runs were made by two versions of Rampart, and are judged again by this one")
    return verdict_today(before), verdict_today(after)


def _code(comparison: Comparison) -> ExitCode:
    if comparison.new_violations:
        return ExitCode.VIOLATION
    if not comparison.comparable:
        return ExitCode.INCOMPLETE
    return ExitCode.OBJECTIVE_MISSED if comparison.regressed else ExitCode.DONE
