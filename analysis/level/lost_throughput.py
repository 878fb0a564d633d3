"""Throughput that is missing at the knee: what the users of the low stages would have had, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point


def missing_rps(level: LevelData) -> float:
    """Successful requests a second that the users of the high stages lack; at least 0.

    What they would have had if nobody waited is told by the knee's fit, from all stages; without one by the low ones.
    """
    per_user = level.knee.slope_rps_per_user or _ok(level.low) / max(_users(level.low), 1e-9)
    return max(per_user * _users(level.high) - _ok(level.high), 0.0)


def errors_of_lost(level: LevelData, errors: float | None = None) -> float:
    """How much of the missing throughput ended as an error: `errors` in the high stages, else all; 0 to 1."""
    failed = sum(p.failed for p in level.high) if errors is None else errors
    missing = missing_rps(level)
    rate = failed / _seconds(level.high)
    return min(rate / missing, 1.0) if missing > 0 else 0.0


def _ok(points: Sequence[Point]) -> float:
    return sum(p.requests - p.failed for p in points) / _seconds(points)


def _users(points: Sequence[Point]) -> float:
    return sum(p.users * p.seconds for p in points) / _seconds(points)


def _seconds(points: Sequence[Point]) -> float:
    return max(sum(p.seconds for p in points), 1e-9)
