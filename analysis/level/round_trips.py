"""The way between the application and its database: how long one is, and how much of a request it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics
from rampart.tables import SPANS

_DB = SPANS.index("db")


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Of a mean request, where nobody queues: each statement goes there and its answer comes back."""

    each_ms: float  # of one round trip, without what the database executes
    count: float  # statements a request; those that begin and end transactions are not counted
    source: str

    @property
    def way_ms(self) -> float:
        """What a request spends on the way, at least."""
        return self.each_ms * self.count


def round_trips(level: LevelData) -> RoundTrips | None:
    """As the connections show it, else by what the application tells of its statements; None where neither does."""
    points = (*level.low, *level.high)
    calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
    if not sum(calls.values()):
        return None
    count = sum(calls.values())
    looks = [float(v) for p in points for v in level.readings.looks(metrics.DB_ROUND_TRIP_MS, *p.window)]
    if looks:
        # A processor that is busy lengthens them; the way itself is in the shorter ones.
        each = float(np.quantile(looks, 0.25)) - _usual_ms(level, calls)
        return RoundTrips(max(each, 0.0), count, "readings-round_trips db.round_trip_ms")
    told = _told_ms(level, level.low)
    if told is None:
        return None
    executed, _ = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    requests = sum(p.requests for p in level.low)
    computed = (level.total(metrics.ROLE_CPU_S, level.low, role="app") or 0.0) * 1000 / requests
    each = max(told - sum(executed.values()) - computed, 0.0) / count
    return RoundTrips(each, count, "requests db_ms, low stages")


def _usual_ms(level: LevelData, calls: dict[str, float]) -> float:
    """Half of the calls take no longer in the database, ms: the quickest answer of a second is one of them."""
    rows = sorted((level.call_ms(statement) or 0.0, count) for statement, count in calls.items() if count > 0)
    through = np.cumsum([count for _, count in rows])
    return rows[int(np.searchsorted(through, through[-1] / 2))][0]


def _told_ms(level: LevelData, points: Sequence[Point]) -> float | None:
    """What a request tells of its time for the database; None where it does not."""
    indices = [p.index for p in points]
    if not indices or not level.requests.span_count[indices, :, _DB].any():
        return None
    return float(level.requests.span_ms[indices, :, _DB].sum()) / max(sum(p.requests for p in points), 1)
