"""What is waited for locks in the database, by statements that it counts and by those that it has not begun."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.level.level_data import LevelData
from analysis.level.round_trips import round_trips
from analysis.stages.operating_point import Point
from analysis.stages.session_samples import LOCK, Waits
from analysis.thresholds import Threshold
from rampart import metrics, resources

LONG_IDLE_S = Threshold(
    "LONG_IDLE_S", 0.02, "s, longer than round trips between two statements take",
    "judged: something else is done meanwhile",
)  # fmt: skip


def waits_for_locks(level: LevelData, statement: str) -> bool:
    """Whether locks hold up the database at the knee, and this statement spends most of its time in them."""
    waits = level.waits
    return (
        waits.mean(LOCK) >= thresholds.SESSIONS
        and waits.share(LOCK) >= thresholds.LOCK_SHARE
        and waits.share(LOCK, statement) >= thresholds.WAITS_MOSTLY
    )


def unbegun(level: LevelData, seen: Waits, points: Sequence[Point]) -> float:
    """Sessions at an instant that wait for a lock before their statement has begun, so that no statement's time has it.

    A table is locked while a statement is parsed, when it has no name yet, or while a prepared one is looked at again.
    A wait that is execution is in the statement's own time.
    """
    seconds = max(sum(p.seconds for p in points), 1e-9)
    found = 0.0
    for statement in {s for s, doing in seen.sessions if doing == LOCK}:
        waiting = seen.mean(LOCK, statement)
        executing = (level.total(metrics.STATEMENT_EXEC_MS, points, statement=statement) or 0.0) / 1000 / seconds
        found += waiting - executing if executing < thresholds.WAITS_MOSTLY * waiting else 0.0
    return found


def unbegun_ms(level: LevelData) -> tuple[float, float]:
    """The same as milliseconds of a mean request, in the low and in the high stages: sessions over throughput (Little).

    (0, 0) where so few wait at the knee that it may be chance.
    """
    low, high = unbegun(level, level.waits_low, level.low), unbegun(level, level.waits, level.high)
    if high < thresholds.SESSIONS or level.waits.share(LOCK) < thresholds.LOCK_SHARE:
        return 0.0, 0.0
    return 1000 * low / max(level.rps(level.low), 1e-9), 1000 * high / max(level.rps(level.high), 1e-9)


def held_idle(level: LevelData) -> bool:
    """Whether who holds the locks does nothing meanwhile, for longer than a round trip takes."""
    return level.waits.root_idle_share() >= thresholds.WAITS_MOSTLY and idles_long(level)


def idles_long(level: LevelData) -> bool:
    """Whether sessions idle in transactions for longer than a round trip, and not for want of a processor."""
    process, way = level.utilisation(resources.APP_PROCESS) or 0.0, round_trips(level)
    usual = LONG_IDLE_S + (way.each_ms / 1000 if way is not None else 0.0)  # where the database is far, so much more
    return level.waits.idle_age_s >= usual and process < thresholds.SATURATED
