"""One block of an experiment: the load of its own, the probes of its own, and the stages at the knee."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.detectors._found import every_detector, of_jobs
from analysis.stages.interactive_law import per_user
from analysis.thresholds import PAST_KNEE
from conductor.console import Console
from conductor.observed_load import watched_load
from conductor.stage_plan import FinishedStage
from conductor.stop_rules import StopRules
from conductor.tenant_level import TenantLevelRun
from conductor.timing import Timing
from rampart.config import Target
from rampart.runs import Clock, Run
from rampart.verdict import LevelCapacity, Verdict

TIMING = Timing(warmup_s=3.5, steady_s=8.0, profile_s=0.0)
_PAST = (1.3, 1.7)  # knees: where a limit shows in throughput, and a gain of a third could too
_JOBS_PAST = (1.2, 1.5)  # a queue's limit shows at once
# A load that is not past the knee has no room for a gain of a third: the limit lies higher than the ramp saw it. The
# loads are raised so far then.
_RAISED = 1.5


@dataclass(slots=True)
class Experiment:
    """What all blocks share."""

    run: Run
    clock: Clock
    tenants: int
    people: Path | None
    loads: Sequence[int]
    timing: Timing
    console: Console
    stages: itertools.count[int]
    parts: itertools.count[int]


@dataclass(frozen=True, slots=True)
class Suspect:
    """What an experiment is about."""

    id: str  # of the finding
    tenants: int  # its level
    limit_users: float | None = None  # where its limit lies; None: at the level's knee


def timing_of(finding: str) -> Timing:
    """How long each load is measured, by the finding's id."""
    detector = every_detector().get(finding)
    return replace(TIMING, steady_s=max(TIMING.steady_s, detector.seldom_s if detector else 0.0))


def loads(verdict: Verdict, suspect: Suspect, most: int) -> list[int]:
    """The users at which to compare: past the limit of the suspect, within what the target may be given."""
    row = _row(verdict, suspect)
    knee = row.knee_users.value if row and row.knee_users else None
    limit = suspect.limit_users or knee or 1.0
    factors = _JOBS_PAST if of_jobs(suspect.id) else _PAST
    return sorted({max(2, min(most, round(limit * factor))) for factor in factors})


def slope_of(verdict: Verdict, suspect: Suspect) -> float | None:
    """What one user gets whom nobody keeps waiting, requests/s; None: not known, or the limit is one of jobs."""
    row = _row(verdict, suspect)
    return None if row is None or of_jobs(suspect.id) else row.knee_from.slope_rps_per_user


def raised(users: Sequence[int], tried: Sequence[FinishedStage], slope: float | None, most: int) -> list[int]:
    """These loads, or higher ones where the trial of the highest showed too little of a limit."""
    top = max(tried, key=lambda stage: stage.users, default=None)
    if top is None or slope is None or per_user(top) <= PAST_KNEE * slope:
        return list(users)
    return sorted({max(one, min(most, round(one * _RAISED))) for one in users})


def once_or_twice(order: Sequence[str], undecided: Callable[[], bool], console: Console) -> Iterator[str]:
    """The states in order, and once more where they left it undecided; no third time: each look is a chance."""
    yield from order
    if undecided():
        console.say("undecided so far: the same blocks once more")
        yield from order


def _row(verdict: Verdict, suspect: Suspect) -> LevelCapacity | None:
    return next((c for c in verdict.capacity if c.tenants == suspect.tenants), None)


def block(experiment: Experiment, target: Target, state: str) -> list[FinishedStage]:
    """Load the target at each of the loads and record it; probes are opened anew, for processes may be new."""
    e = experiment
    with watched_load(e.run, e.clock, target, e.people, f"{e.tenants}-{next(e.parts)}", e.console.say) as (load, watch):
        deadline = e.clock.now() + len(e.loads) * e.timing.stage_s
        level = TenantLevelRun(
            e.tenants, e.run, e.clock, load, watch, e.console, e.timing, deadline,
            first_users=1, max_users=max(e.loads), stages=e.stages, rules=StopRules.of(target.stop),
        )  # fmt: skip
        level.repeat(e.loads, state)
        return level.seen
