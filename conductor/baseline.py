"""The earlier run that a nightly run is compared with: the newest that is like it and may be a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.verdict.analyse import analyse
from conductor.own_version import judged_by, own_version
from rampart.errors import RampartError, UsageError
from rampart.fingerprint import differences, fingerprint_of, unlike
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import Verdict
from rampart.verdict_exit_code import conclusion
from rampart.verdict_file import read_verdict

# What a folder of an older version, or half a one, can raise while it is read.
_UNREADABLE = (RampartError, OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A run to compare with."""

    name: str  # of its folder
    verdict: Verdict  # as this Rampart judges it
    version: str | None  # of the target then
    judged_again: str  # which Rampart had judged it before; empty: this one


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An earlier run of the target that is not compared with, and why."""

    name: str
    why: str
    begins_segment: bool  # the conditions have changed since; otherwise the run itself is no baseline


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, from the newest run backwards."""

    baseline: Baseline | None
    passed_over: tuple[PassedOver, ...]

    @property
    def new_segment(self) -> PassedOver | None:
        """The newest run under other conditions, where there is none under these to compare with."""
        changed = (run for run in self.passed_over if run.begins_segment)
        return next(changed, None) if self.baseline is None else None


def find_baseline(run: Run, runs: Path) -> Search:
    """Look through the earlier nightly runs of the same target, the newest first."""
    passed: list[PassedOver] = []
    for other, about in _earlier(run.about, runs):
        found = _considered(other, about, run.about)
        if isinstance(found, Baseline):
            return Search(found, tuple(passed))
        passed.append(found)
    return Search(None, tuple(passed))


def verdict_today(run: Run) -> Verdict:
    """The verdict that this Rampart gives a run; one that another gave is made again in memory, from the recording.

    UsageError where it takes a recording that is gone. `verdict.json` stays as it is.
    """
    about = run.about
    if made_here(about):
        return read_verdict(run)
    if not _is_recorded(run):
        raise UsageError(
            f"{run.folder.name} cannot be judged by this Rampart",
            f"Rampart {judged_by(about)} judged it, this is {judged_by(own_version())}, and its recording is gone",
            "Keep stages.jsonl and the .arrow files of a run, or compare runs of one version.",
        )
    return analyse(Run.open(run.folder))


def made_here(about: JSON) -> bool:
    """Whether this Rampart made a run, and so its verdict."""
    return all(about.get(key) == value for key, value in own_version().items())


def _is_recorded(run: Run) -> bool:
    return (run.folder / "stages.jsonl").exists() and any(run.folder.glob("requests-*.arrow"))


def _earlier(mine: JSON, runs: Path) -> Iterator[tuple[Run, JSON]]:
    """The nightly runs that began before this one and have its target's name or its url, the newest first."""
    found = []
    for folder in runs.iterdir():
        about = Run(folder).read_json("run.json")
        if isinstance(about, dict) and about.get("purpose") == mine["purpose"] and _is_earlier(about, mine):
            found.append((_began(about), folder.name, about))
    yield from ((Run(runs / name), about) for _, name, about in sorted(found, key=lambda row: row[:2], reverse=True))


def _is_earlier(about: JSON, mine: JSON) -> bool:
    return _began(about) < _began(mine) and (_name(about) == _name(mine) or _same_url(about, mine))


def _began(about: JSON) -> float:
    return float((about.get("clock") or {}).get("origin_wall", 0.0))


def _name(about: JSON) -> str:
    return str((about.get("target") or {}).get("name"))


def _same_url(one: JSON, other: JSON) -> bool:
    first, second = fingerprint_of(one), fingerprint_of(other)
    if first is None or second is None:
        return False
    return "url" not in {row.part for row in differences(first, second)}


def _considered(other: Run, about: JSON, mine: JSON) -> Baseline | PassedOver:
    name = other.folder.name
    if about.get("outcome") != "complete":
        return PassedOver(name, f"it ended {about.get('outcome')}", begins_segment=False)
    changed = unlike(about, mine)
    try:
        verdict = read_verdict(other) if changed else verdict_today(other)
    except _UNREADABLE as error:
        why = error.why if isinstance(error, RampartError) else f"it cannot be read ({error})"
        return PassedOver(name, changed or why, begins_segment=bool(changed) or not made_here(about))
    if not is_baseline(verdict):
        return PassedOver(name, f"it is kept and is no baseline ({outcome_of(verdict)})", begins_segment=False)
    if changed:
        return PassedOver(name, changed, begins_segment=True)
    return Baseline(name, verdict, about.get("target_version"), "" if made_here(about) else judged_by(about))


def is_baseline(verdict: Verdict) -> bool:
    """Whether a later run may be compared with this one."""
    return conclusion(verdict).baseline == "yes"


def outcome_of(verdict: Verdict) -> str:
    """The violations of a run, or else its outcome."""
    return ", ".join(sorted({row.id for row in verdict.violations})) or verdict.outcome
