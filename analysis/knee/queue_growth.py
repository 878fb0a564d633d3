"""The knee of a queue: where its completions stop following the users."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.knee.estimate import KneeEstimate, find_knee
from analysis.stages.operating_point import Point
from analysis.stages.queue_backlog import behind
from rampart.windows import StageWindows


def queue_knee(name: str, points: Sequence[Point]) -> KneeEstimate:
    """The log-hinge on completions per second: workers too few are a plateau, while HTTP latency stays fine.

    Growth of the queue is added to the completions to see whether there was more to do; where the queue never grew,
    there is no knee whatever the noise says.
    """
    grew = [p for p in points if behind(p.queues.get(name))]
    rates = [
        StageWindows(float(p.users), np.array([p.queues[name]["completed_per_s"]]))
        for p in points
        if name in p.queues and np.isfinite(p.queues[name]["completed_per_s"])
    ]
    if not grew:
        return KneeEstimate(None, None, None, "the queue never grew", None, None)
    found = find_knee(rates)
    below = [p.users for p in points if p.users < grew[0].users and not behind(p.queues.get(name))]
    bracket = (float(below[-1]) if below else 0.0, float(grew[0].users))
    if found.value is not None and bracket[0] * 0.8 <= found.value <= bracket[1] * 1.2:
        return found
    best = max((float(r.throughput_rps[0]) for r in rates), default=float("nan"))
    middle = float(np.sqrt(max(bracket[0], 1.0) * bracket[1]))
    return KneeEstimate(middle, bracket[0], bracket[1], None, best if np.isfinite(best) else None, None)
