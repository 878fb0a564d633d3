"""What was seen of the primary's replica: how far it lags, and how much is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics

_PARTS = ("send", "flush", "replay")


@dataclass(frozen=True, slots=True)
class Replica:
    """Over some stages. What was not read is None; the lag is the median over instants."""

    lag_s: float
    rows: float | None  # of tables, read on the replica
    share: float | None  # of those rows among all that both servers read
    active: float | None  # sessions at work, on average
    part: str | None  # what of the log is furthest behind: "send", "flush", "replay"


def seen(level: LevelData, points: Sequence[Point]) -> Replica | None:
    """The replica over some stages; None where there is none, or nobody looked."""
    lags = [s.within(*p.window) for p in points for s in level.readings.of(metrics.REPLICA_LAG_S)]
    values = np.concatenate(lags) if lags else np.zeros(0)
    if not len(values):
        return None
    rows = level.total(metrics.REPLICA_ROWS_READ, points)
    own = [level.total(metric, points) for metric in (metrics.TABLE_SEQ_ROWS, metrics.TABLE_INDEX_ROWS)]
    both = None if rows is None or None in own else rows + sum(n for n in own if n is not None)
    behind = {part: _mean(level, points, part) for part in _PARTS}
    furthest = max(_PARTS, key=lambda part: behind[part])
    return Replica(
        float(np.median(values)), rows, rows / both if rows is not None and both else None,
        level.mean(metrics.REPLICA_ACTIVE, points), furthest if behind[furthest] > 0 else None,
    )  # fmt: skip


def _mean(level: LevelData, points: Sequence[Point], part: str) -> float:
    found = [level.readings.mean(metrics.REPLICA_BEHIND_BYTES, *p.window, part=part) or 0.0 for p in points]
    return float(np.mean(found)) if found else 0.0
