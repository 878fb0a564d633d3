"""One block of an experiment: the load of its own, the probes of its own, and the stages at the knee."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rampart.conductor.level import Level, Timing
from rampart.conductor.watched_load import watched_load
from rampart.config import Target
from rampart.console import Console
from rampart.model import JSON
from rampart.runs import Clock, Run

TIMING = Timing(warmup_s=3.5, steady_s=8.0, profile_s=0.0)
_PAST = (1.3, 1.7)  # knees: where a limit shows in throughput, and a gain of a third could too
_JOBS_PAST = (1.2, 1.5)  # a queue's limit shows at once


@dataclass(slots=True)
class Experiment:
    """What all blocks share."""

    run: Run
    clock: Clock
    tenants: int
    people: Path | None
    loads: Sequence[int]
    console: Console
    stages: itertools.count[int]
    parts: itertools.count[int]


def loads(verdict: JSON, finding: JSON, most: int) -> list[int]:
    """The users at which to compare: past the limit of the finding, within what the target may be given."""
    row: JSON = next((c for c in verdict["capacity"] if c["tenants"] == finding["tenants"]), {})
    limit = float(finding.get("limit_users") or (row.get("knee_users") or {}).get("value") or 1.0)
    factors = _JOBS_PAST if finding["id"] in ("workers", "queue-retries") else _PAST
    return sorted({max(2, min(most, round(limit * factor))) for factor in factors})


def block(experiment: Experiment, target: Target, state: str) -> None:
    """Load the target at each of the loads and record it; probes are opened anew, for processes may be new."""
    e = experiment
    with watched_load(e.run, e.clock, target, e.people, f"{e.tenants}-{next(e.parts)}") as (load, watch):
        deadline = e.clock.now() + len(e.loads) * TIMING.stage_s
        level = Level(
            e.tenants, e.run, e.clock, load, watch, e.console, TIMING, deadline,
            first_users=1, max_users=max(e.loads), stages=e.stages,
        )  # fmt: skip
        level.repeat(e.loads, state)
