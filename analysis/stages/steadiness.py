"""Was a stage what its load comes to? Where a queue forms slowly, its first seconds show more than the target keeps up.

A tenth of the requests that wait for a relay take minutes to hold all users up. Until then throughput is too high, and
a later stage of fewer users, which begins behind that queue, has less: both cannot be right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis import thresholds
from analysis.record.readings import Readings
from analysis.stages.operating_point import Point, enough
from rampart import metrics


def rise(point: Point, readings: Readings) -> float | None:
    """By how much the requests in flight grew over a stage, as a share of its users; None where they are not read."""
    start, end = point.window
    grown, read = 0.0, False
    for series in readings.of(metrics.APP_IN_FLIGHT):
        inside = (series.at >= start) & (series.at <= end)
        if inside.sum() >= 4:
            slope = float(np.polyfit(series.at[inside] - start, series.value[inside], 1)[0])
            grown, read = grown + slope * (end - start), True
    return grown / max(point.users, 1) if read else None


def noise(one: int, other: int) -> float:
    """By how much of itself the ratio of two counts may differ: twice its standard deviation."""
    return 2.0 * math.sqrt(1 / max(one, 1) + 1 / max(other, 1))


def contradicted(points: Sequence[Point], readings: Readings) -> dict[int, Point]:
    """By index, stages in which requests piled up, each with a stage that shows that its throughput does not last.

    In a closed system more users have no less throughput, and each of them no more than each of fewer.
    """
    seen = {p.index: rise(p, readings) for p in points if p.why_invalid is None and enough(p)}
    by_index = {p.index: p for p in points}
    rising = [by_index[i] for i, r in seen.items() if r is not None and r >= thresholds.PILING]
    steady = [by_index[i] for i, r in seen.items() if r is not None and r < thresholds.PILING]
    found: dict[int, Point] = {}
    for one in rising:
        for other in steady:
            least = one.throughput_rps * min(other.users / one.users, 1.0)
            if other.throughput_rps * (1 + thresholds.CHANGED + noise(one.requests, other.requests)) < least:
                found[one.index] = other
    return found
