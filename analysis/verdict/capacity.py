"""What a tenant level holds, each number under its own name: the knee, the maximum throughput, the SLO's bracket."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.level.objective import slo_bracket
from analysis.stages.operating_point import Point, enough
from rampart.finding import Interval
from rampart.verdict import HalfKnee, KneeFit, LevelCapacity


def capacity(level: LevelData) -> LevelCapacity:
    """What one level holds."""
    usable = [p for p in level.points if p.why_invalid is None and enough(p)]
    queue = min(
        (k for k in level.queue_knees.values() if k.value is not None), key=lambda k: k.value or 0.0, default=None
    )
    best = max((p.lasting_rps for p in usable), default=None)
    half = at_half(usable, level.knee.value)
    return LevelCapacity(
        tenants=level.tenants,
        knee_users=interval(level.knee),
        reason=level.knee.reason,
        below_users=level.knee.below,
        knee_from=_knee_fit(level.knee, usable),
        queue_knee_users=interval(queue) if queue else None,
        max_throughput_rps=level.knee.max_throughput_rps or best,
        best_stage_rps=best,
        slo_users=slo_bracket(level),
        tested_users=max((p.users for p in level.points if p.why_invalid is None), default=None),
        latency_at_half_knee_ms=half.mean_ms if half else None,
        at_half_knee=half,
    )


def _knee_fit(knee: KneeEstimate, usable: Sequence[Point]) -> KneeFit:
    return KneeFit(
        stages=tuple(p.stage.index for p in usable),
        probability_inside=knee.probability_inside,
        efficiency_last=knee.efficiency_last,
        slope_rps_per_user=knee.slope_rps_per_user,
        drift=knee.drift,
    )


def interval(knee: KneeEstimate) -> Interval | None:
    """A knee with its interval, or None."""
    if knee.value is None or knee.low is None or knee.high is None:
        return None
    return Interval(knee.value, knee.low, knee.high)


def at_half(usable: Sequence[Point], knee_users: float | None) -> HalfKnee | None:
    """The mean latency at half the knee, ln-ln between the stages on both sides of it; None where none is below it."""
    if knee_users is None or not any(p.users <= knee_users / 2 for p in usable):
        return None
    seen = sorted({p.users for p in usable})
    mean = [_mean_ms([p for p in usable if p.users == users]) for users in seen]
    between = np.exp(np.interp(np.log(knee_users / 2), np.log(seen), np.log(mean)))
    below = max(users for users in seen if users <= knee_users / 2)
    above = min((users for users in seen if users >= knee_users / 2), default=below)
    return HalfKnee(knee_users / 2, float(between), (below, above))


def _mean_ms(stages: Sequence[Point]) -> float:
    return max(sum(p.mean_ms * p.requests for p in stages) / max(sum(p.requests for p in stages), 1), 1e-3)
