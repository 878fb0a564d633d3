"""Whether locks hold up the database at the knee."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.level.level_data import Case
from analysis.stages.session_samples import LOCK


def waits_for_locks(case: Case, statement: str) -> bool:
    """Whether locks hold up the database at the knee, and this statement spends most of its time in them."""
    waits = case.waits
    return (
        waits.mean(LOCK) >= limits.SESSIONS
        and waits.share(LOCK) >= limits.LOCK_SHARE
        and waits.share(LOCK, statement) >= limits.WAITS_MOSTLY
    )
