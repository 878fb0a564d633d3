"""A pooler before the database: how long its connections are waited for and held, and what is done meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics


def wait_ms(level: LevelData, points: Sequence[Point]) -> float:
    """Waiting in the pooler per request, ms; 0 when it is not read."""
    waited, requests = level.total(metrics.POOLER_WAIT_MS, points), sum(p.requests for p in points)
    return waited / requests if waited is not None and requests else 0.0


def held_ms(level: LevelData, points: Sequence[Point]) -> float | None:
    """For how long server connections were held in some stages, all together, ms; None: it is not read."""
    held = [
        (taken * p.seconds * 1000)
        for p in points
        if (taken := level.readings.mean(metrics.POOLER_SERVERS_ACTIVE, *p.window)) is not None
    ]
    return sum(held) or None


def fullest(level: LevelData) -> tuple[str, float]:
    """The pool that most clients wait for, as `database/user`, and its size; 0 where none is read."""
    queued = []
    for series in level.readings.of(metrics.POOLER_CLIENTS_WAITING):
        waiting = sum(float(series.within(*p.window).sum()) for p in level.high)
        sizes = level.readings.of(metrics.POOLER_SIZE, **series.labels)
        name = f"{series.labels.get('database', '')}/{series.labels.get('user', '')}"
        queued.append((waiting, name, float(sizes[0].value[-1]) if sizes else 0.0))
    return max(queued, default=(0.0, "", 0.0))[1:]


def kept_by_loop(level: LevelData) -> bool:
    """Whether a request keeps its server connection for longer at the knee than before while the event loop is delayed.

    Then the connections run out because whoever holds them does not get on: the hold belongs where it is spent.
    """
    low, high = (
        (held_ms(level, points) or 0.0) / max(sum(p.requests for p in points), 1) for points in (level.low, level.high)
    )
    delayed = (level.mean(metrics.LOOP_LAG_MS, level.high) or 0.0) >= thresholds.LOOP_LAG_MS
    return delayed and high >= thresholds.HOLD_INFLATED * low > 0


def executed(level: LevelData) -> float | None:
    """The share of that time in which the database executed something; None: not read."""
    held, ran = held_ms(level, level.high), level.total(metrics.STATEMENT_EXEC_MS, level.high)
    return min(ran / held, 1.0) if held and ran is not None else None


def idled(level: LevelData) -> float | None:
    """The share of that time in which a transaction was open and did nothing; None: not read."""
    held, open_ms, busy = (
        held_ms(level, level.high),
        level.total(metrics.POOLER_TRANSACTION_MS, level.high),
        level.total(metrics.POOLER_QUERY_MS, level.high),
    )
    return max(open_ms - busy, 0.0) / held if held and open_ms is not None and busy is not None else None
