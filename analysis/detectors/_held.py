"""What is passed on to a part of what requests do while they hold something: a worker, a connection."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.attribution.attribute import Attribution
from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics


def passed_on(level: LevelData, attribution: Attribution, low_ms: float, high_ms: float) -> float:
    """Added milliseconds that belong to a part that takes `low_ms` of a request at low load, and `high_ms` at the knee.

    What it grew by is its own. The rest that nobody explains is waiting for a place among those who hold one, and a
    place is held for what a request does in it: its part of that is its part of the waiting. So a part that does not
    grow at all, but was there at the lowest load already, is not lost. Waiting for the pool is shared out alike.
    """
    rest = max(attribution.unexplained, 0.0)
    grown = min(max(high_ms - low_ms, 0.0), rest)
    placed = _share(low_ms + grown, at_rest_ms(level) + grown)
    return grown + (rest - grown) * placed + max(attribution.pool, 0.0) * _share(high_ms, _hold_ms(level, level.high))


def of_hold(level: LevelData, ms: float) -> float:
    """The share that a part of a request at low load, ms, has of what a connection is held for beside execution.

    Where no pool is read, of what a request takes beside it.
    """
    executed, _ = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    whole = _hold_ms(level, level.low) or at_rest_ms(level)
    return _share(ms, whole - sum(executed.values()))


def _hold_ms(level: LevelData, points: Sequence[Point]) -> float:
    """For how long a request holds connections, ms; 0 where it was not read."""
    held = level.total(metrics.POOL_USAGE_MS, points)
    return held / max(sum(p.requests for p in points), 1) if held else 0.0


def at_rest_ms(level: LevelData) -> float:
    """A mean request of the low stages, ms."""
    return sum(p.mean_ms * p.requests for p in level.low) / max(sum(p.requests for p in level.low), 1)


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole > 0 else 0.0
