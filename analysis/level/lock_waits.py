"""What is waited for locks in the database, by statements that it counts and by those that it has not begun."""

from __future__ import annotations

from analysis import thresholds
from analysis.level.level_data import LevelData
from analysis.stages.session_samples import LOCK, Waits
from rampart import metrics


def waits_for_locks(level: LevelData, statement: str) -> bool:
    """Whether locks hold up the database at the knee, and this statement spends most of its time in them."""
    waits = level.waits
    return (
        waits.mean(LOCK) >= thresholds.SESSIONS
        and waits.share(LOCK) >= thresholds.LOCK_SHARE
        and waits.share(LOCK, statement) >= thresholds.WAITS_MOSTLY
    )


def unbegun(level: LevelData, seen: Waits) -> float:
    """Sessions at an instant that wait for a lock before their statement has begun, so that no statement's time has it.

    A table is locked while a statement is parsed: until then it has no name.
    """
    counted = {s for times in level.per_request(metrics.STATEMENT_EXEC_MS, "statement") for s in times}
    return sum(n for (s, doing), n in seen.sessions.items() if doing == LOCK and s not in counted)


def unbegun_ms(level: LevelData) -> tuple[float, float]:
    """The same as milliseconds of a mean request, in the low and in the high stages: sessions over throughput (Little).

    (0, 0) where so few wait at the knee that it may be chance.
    """
    if unbegun(level, level.waits) < thresholds.SESSIONS or level.waits.share(LOCK) < thresholds.LOCK_SHARE:
        return 0.0, 0.0
    low, high = (
        1000 * unbegun(level, seen) / max(level.rps(points), 1e-9)
        for seen, points in ((level.waits_low, level.low), (level.waits, level.high))
    )
    return low, high
