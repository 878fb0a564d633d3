"""What each queue of jobs did in a window, and whether it fell behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from analysis import thresholds
from analysis.record.readings import Readings
from rampart import metrics

Queue = Mapping[str, float]
"""`ready` jobs at the end, `slope_per_s`, `completed_per_s` (NaN: not read), `oldest_age_s`."""


def queues(readings: Readings, start: float, end: float) -> dict[str, dict[str, float]]:
    """By queue: jobs ready at the end, growth per second, completions per second, age of the oldest."""
    found: dict[str, dict[str, float]] = {}
    for series in readings.of(metrics.QUEUE_READY):
        ready, name = series.within(start, end), series.labels.get("queue", "")
        if len(ready) < 2:
            continue
        at = series.at[(series.at >= start) & (series.at <= end)]
        done = readings.increase(metrics.QUEUE_COMPLETED, start, end, queue=name)
        found[name] = {
            "ready": float(ready[-1]),
            "slope_per_s": float(np.polyfit(at - start, ready, 1)[0]) if np.ptp(at) > 0 else 0.0,
            "completed_per_s": done / (end - start) if done is not None else float("nan"),
            "oldest_age_s": readings.highest(metrics.QUEUE_OLDEST_AGE_S, start, end, queue=name) or 0.0,
        }
    return found


def growing_share(queues: Iterable[Queue]) -> float:
    """Of the jobs that arrive in some queues, the share by which they grow; 0 where they do not."""
    known = list(queues)
    grown = sum(max(queue["slope_per_s"], 0.0) for queue in known)
    done = sum(float(np.nan_to_num(queue["completed_per_s"])) for queue in known)
    return grown / (grown + done) if grown > 0 else 0.0


def behind(queue: Queue | None) -> bool:
    """Whether a queue filled faster than it was emptied; False where it was not read."""
    if queue is None or queue["ready"] < thresholds.QUEUE_LEAST:
        return False
    return queue["slope_per_s"] > thresholds.QUEUE_GROWTH_PER_S and growing_share([queue]) > thresholds.QUEUE_GROWTH
