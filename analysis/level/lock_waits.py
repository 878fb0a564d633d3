"""Whether locks hold up the database at the knee."""

from __future__ import annotations

from analysis import thresholds
from analysis.level.level_data import LevelData
from analysis.stages.session_samples import LOCK


def waits_for_locks(level: LevelData, statement: str) -> bool:
    """Whether locks hold up the database at the knee, and this statement spends most of its time in them."""
    waits = level.waits
    return (
        waits.mean(LOCK) >= thresholds.SESSIONS
        and waits.share(LOCK) >= thresholds.LOCK_SHARE
        and waits.share(LOCK, statement) >= thresholds.WAITS_MOSTLY
    )
