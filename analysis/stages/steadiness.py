"""Was a stage what its load comes to? Where a queue forms slowly, its first seconds show more than the target keeps up.

A tenth of the requests that wait for a relay take minutes to hold all users up. Until then throughput is too high, and
a later stage of fewer users, which begins behind that queue, has less: both cannot be right.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.record.readings import Readings
from analysis.stages.comparison import clearly_more
from analysis.stages.operating_point import Point, usable
from analysis.stages.piling import growth, piles_up


def rise(point: Point, readings: Readings) -> float | None:
    """By how much the requests in flight grew over a stage, as a share of its users; None where they are not read."""
    grown = growth(readings, *point.window)
    return None if grown is None else grown / max(point.users, 1)


def contradicted(points: Sequence[Point], readings: Readings) -> dict[int, Point]:
    """By index, stages in which requests piled up, each with a stage that shows that its throughput does not last.

    In a closed system more users have no less throughput, and each of them no more than each of fewer.
    """
    seen = [(p, grown) for p in usable(points) if (grown := growth(readings, *p.window)) is not None]
    rising = [p for p, grown in seen if piles_up(grown, p.users)]
    steady = [p for p, grown in seen if not piles_up(grown, p.users)]
    found: dict[int, Point] = {}
    for one in rising:
        for other in steady:
            least = one.throughput_rps * min(other.users / one.users, 1.0)
            if clearly_more(least, other.throughput_rps, (one.requests, other.requests)):
                found[one.index] = other
    return found
