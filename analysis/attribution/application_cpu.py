"""What requests wait for while the process that serves them computes, or stands still."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.level.level_data import LevelData
from rampart import resources

_OTHERS = (resources.DB_CPU, resources.NEIGHBOUR_CPU)


def computes(level: LevelData, attribution: Attribution) -> bool:
    """Whether the application fills a processor at the knee, or would but for the pool before it: one process its core,
    or all of them most of the host."""
    process, host = (level.utilisation(name) or 0.0 for name in (resources.APP_PROCESS, resources.HOST_CPU))
    mostly = (level.utilisation(resources.APP_CPU) or 0.0) >= max(level.utilisation(other) or 0.0 for other in _OTHERS)
    if process >= thresholds.SATURATED or (mostly and host >= thresholds.HOST_SATURATED):
        return True
    limit = attribution.limit
    return limit == resources.APP_PROCESS or (mostly and limit == resources.HOST_CPU)


def waiting_ms(attribution: Attribution) -> float:
    """Added milliseconds that are spent within the process, or waiting for it; waiting for connections where it is
    the process that holds them long, because answers lie unread, and not the database."""
    own = max(attribution.app + attribution.unexplained, 0.0)
    if attribution.hold_ms is None or attribution.hold_in_database is None:
        return own
    low, high = attribution.hold_ms
    lengthened = high >= thresholds.HOLD_INFLATED * low and attribution.hold_in_database < thresholds.HOLD_IS_DATABASE
    return own + (attribution.pool if lengthened else 0.0)
