"""What requests wait for while the process that serves them computes, or stands still."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.attribution.nested_pool import HOST, PROCESS, limit_behind
from analysis.level.level_data import Case

_OTHERS = ("db", "neighbour")


def computes(case: Case) -> bool:
    """Whether the application fills a processor at the knee, or would but for the pool before it: one process its core,
    or all of them most of the host."""
    process, host = (case.utilisation(name) or 0.0 for name in (PROCESS, HOST))
    mostly = (case.utilisation("app cpu") or 0.0) >= max(case.utilisation(f"{role} cpu") or 0.0 for role in _OTHERS)
    if process >= limits.SATURATED or (mostly and host >= limits.HOST_SATURATED):
        return True
    behind = limit_behind(case)
    return behind == PROCESS or (mostly and behind == HOST)


def waiting_ms(blame: Blame) -> float:
    """Added milliseconds that are spent within the process, or waiting for it; waiting for connections where it is
    the process that holds them long, because answers lie unread, and not the database."""
    own = max(blame.app + blame.unexplained, 0.0)
    if blame.hold_ms is None or blame.hold_in_database is None:
        return own
    low, high = blame.hold_ms
    lengthened = high >= limits.HOLD_INFLATED * low and blame.hold_in_database < limits.HOLD_IS_DATABASE
    return own + (blame.pool if lengthened else 0.0)
