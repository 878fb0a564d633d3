"""What the plan needs to know of a stage, from what was counted in it and in those before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from analysis.stages.interactive_law import efficiency, think_time
from conductor.live_tally import StageTally, Tally
from conductor.stage_plan import FinishedStage
from rampart.model import JSON


def boil_down(stages: Sequence[StageTally], alone_s: float, purpose: str, *, behind: bool) -> FinishedStage:
    """The last of these stages; `alone_s` is the mean latency of the profile, 0 when not known.

    Think time is pooled over all of them; unloaded is the fastest of profile and stages.
    """
    last, known = stages[-1], [s.mean_ms / 1000 for s in stages if s.requests]
    unloaded_s = min([*known, alone_s or math.inf], default=0.0)
    share = efficiency(last, unloaded_s, think_time(stages)) if known else 0.0
    errors = last.tally.error_ratio
    return FinishedStage(last.users, share, errors, behind, last.requests, last.seconds, purpose, last.mean_ms)


def mean_alone_s(alone: Mapping[str, Tally], tasks: Sequence[JSON]) -> float:
    """Mean latency in seconds of the profile's tasks, mixed by the scenario's weights; 0 when not known."""
    weights = {row["task"]: row["weight"] for row in tasks}
    known = {task: tally for task, tally in alone.items() if tally.requests}
    total = sum(weights[task] for task in known)
    return sum(weights[task] * tally.mean_ms for task, tally in known.items()) / total / 1000 if total else 0.0
