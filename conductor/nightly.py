"""The nightly run: short and bounded, judged against the last comparable one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from conductor.console import Console
from conductor.session import Options, Outcome, ramp
from rampart.errors import ExitCode, UsageError
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import UNTRUSTED, Verdict
from rampart.verdict_file import NAME, read_verdict
from reports.compare import compare
from reports.comparison import write_comparison
from reports.render import render

# What must be equal for two runs to be comparable: the load would otherwise explain the difference.
_SAME = ("purpose", "levels", "timing", "seed")


def nightly(options: Options, console: Console) -> Outcome:
    """Ramp, compare, and turn a lower capacity or a missed objective into the exit code."""
    outcome = ramp(replace(options, purpose="nightly"), console)
    before = last_comparable(outcome.run, options.runs, console)
    code = outcome.code
    if before is None:
        console.say("no comparable run before this one; the next one will be compared with it")
    else:
        comparison = replace(compare(before.verdict, outcome.verdict), before=before.name)
        write_comparison(outcome.run, comparison)
        console.say(f"compared with {before.name}: {comparison.sentence}")
        if code is ExitCode.DONE and comparison.regressed:
            code = ExitCode.OBJECTIVE_MISSED
    render(outcome.run, outcome.verdict)
    if code is ExitCode.DONE and (missed := missed_objective(outcome.verdict, options.target.load.wanted_users)):
        console.warn(missed)
        code = ExitCode.OBJECTIVE_MISSED
    return replace(outcome, code=code)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that this one is compared with."""

    name: str  # of its folder
    verdict: Verdict


def last_comparable(run: Run, runs: Path, console: Console) -> Baseline | None:
    """The newest earlier complete run of the same target, levels and timing with a verdict to be trusted, or None.

    One whose verdict cannot be read, as an older Rampart's, is passed over with a warning.
    """
    mine = run.about
    for folder in sorted((f for f in runs.iterdir() if f.is_dir() and f != run.folder), reverse=True):
        other = Run(folder)
        if not _comparable(mine, other.read_json("run.json") or {}) or not (folder / NAME).exists():
            continue
        try:
            verdict = read_verdict(other)
        except UsageError as error:
            console.warn(f"not compared with {folder.name}: {error.why}. {error.remedy}")
            continue
        if verdict.outcome not in UNTRUSTED:
            return Baseline(folder.name, verdict)
    return None


def _comparable(mine: JSON, other: JSON) -> bool:
    if other.get("outcome") != "complete" or other["clock"]["origin_wall"] >= mine["clock"]["origin_wall"]:
        return False
    same_target = (other.get("target") or {}).get("name") == mine["target"]["name"]
    return same_target and all(other.get(key) == mine.get(key) for key in _SAME)


def missed_objective(verdict: Verdict, wanted_users: int | None) -> str | None:
    """The sentence of the objective that was missed: the wanted users within the SLO at every level; None: all held."""
    for row in verdict.capacity:
        met = row.slo_users.met or 0
        if wanted_users is not None and met < wanted_users:
            return f"At {row.tenants:,} tenants {met} users were held within the objective; {wanted_users} are wanted."
    return None
