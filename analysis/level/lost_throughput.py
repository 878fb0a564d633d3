"""Throughput that is missing at the knee: what the users of the low stages would have had, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.level.level_data import Case
from analysis.stages.operating_point import Point


def missing_rps(case: Case) -> float:
    """Successful requests a second that the users of the high stages lack; at least 0.

    What they would have had if nobody waited is told by the knee's fit, from all stages; without one by the low ones.
    """
    per_user = case.knee.slope_rps_per_user or _ok(case.low) / max(_users(case.low), 1e-9)
    return max(per_user * _users(case.high) - _ok(case.high), 0.0)


def errors_of_lost(case: Case, errors: float | None = None) -> float:
    """How much of the missing throughput ended as an error: `errors` in the high stages, else all; 0 to 1."""
    failed = sum(p.failed for p in case.high) if errors is None else errors
    missing = missing_rps(case)
    rate = failed / _seconds(case.high)
    return min(rate / missing, 1.0) if missing > 0 else 0.0


def _ok(points: Sequence[Point]) -> float:
    return sum(p.requests - p.failed for p in points) / _seconds(points)


def _users(points: Sequence[Point]) -> float:
    return sum(p.users * p.seconds for p in points) / _seconds(points)


def _seconds(points: Sequence[Point]) -> float:
    return max(sum(p.seconds for p in points), 1e-9)
