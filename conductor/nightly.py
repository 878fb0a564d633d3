"""The nightly run: short and bounded, judged against the last comparable one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conductor.console import Console
from conductor.session import Options, Outcome, ramp
from rampart.errors import Exit
from rampart.model import JSON
from rampart.runs import Run
from reports.compare import compare
from reports.render import render

# What must be equal for two runs to be comparable: the load would otherwise explain the difference.
_SAME = ("purpose", "levels", "timing", "seed")


def nightly(options: Options, console: Console) -> Outcome:
    """Ramp, compare, and turn a lower capacity or a missed objective into the exit code."""
    outcome = ramp(replace(options, purpose="nightly"), console)
    before = last_comparable(outcome.run, options.runs)
    code = outcome.code
    if before is None:
        console.say("no comparable run before this one; the next one will be compared with it")
    else:
        comparison = {**compare(before.read_json("verdict.json"), outcome.verdict), "before": before.folder.name}
        outcome.run.write_json("comparison.json", comparison)
        console.say(f"compared with {before.folder.name}: {comparison['sentence']}")
        if code is Exit.DONE and comparison["regressed"]:
            code = Exit.OBJECTIVE_MISSED
    render(outcome.run, outcome.verdict)
    if code is Exit.DONE and (missed := missed_objective(outcome.verdict, options.target.load.wanted_users)):
        console.warn(missed)
        code = Exit.OBJECTIVE_MISSED
    return replace(outcome, code=code)


def last_comparable(run: Run, runs: Path) -> Run | None:
    """The newest earlier complete run of the same target, levels and timing that has a verdict, or None."""
    mine = run.about
    for folder in sorted((f for f in runs.iterdir() if f.is_dir() and f != run.folder), reverse=True):
        other = Run(folder)
        about = other.read_json("run.json") or {}
        if _comparable(mine, about) and _trusted(other.read_json("verdict.json")):
            return other
    return None


def _trusted(verdict: JSON | None) -> bool:
    return verdict is not None and verdict.get("outcome") not in ("invalid", "generator_limited")


def _comparable(mine: JSON, other: JSON) -> bool:
    if other.get("outcome") != "complete" or other["clock"]["origin_wall"] >= mine["clock"]["origin_wall"]:
        return False
    same_target = (other.get("target") or {}).get("name") == mine["target"]["name"]
    return same_target and all(other.get(key) == mine.get(key) for key in _SAME)


def missed_objective(verdict: JSON, wanted_users: int | None) -> str | None:
    """The sentence of the objective that was missed: the wanted users within the SLO at every level; None: all held."""
    for row in verdict.get("capacity") or []:
        met = (row.get("slo_users") or {}).get("met") or 0
        if wanted_users is not None and met < wanted_users:
            return (
                f"At {row['tenants']:,} tenants {met} users were held within the objective; {wanted_users} are wanted."
            )
    return None
