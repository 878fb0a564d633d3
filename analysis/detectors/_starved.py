"""What requests wait for while the process that serves them computes, or stands still."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.blame import Blame


def waiting_ms(blame: Blame) -> float:
    """Added milliseconds that are spent within the process, or waiting for it; waiting for connections where it is
    the process that holds them long, because answers lie unread, and not the database."""
    own = max(blame.app + blame.unexplained, 0.0)
    if blame.hold_ms is None or blame.hold_in_database is None:
        return own
    low, high = blame.hold_ms
    lengthened = high >= limits.HOLD_INFLATED * low and blame.hold_in_database < limits.HOLD_IS_DATABASE
    return own + (blame.pool if lengthened else 0.0)
