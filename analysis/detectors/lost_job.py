"""A job was accepted and never done."""

from __future__ import annotations

from analysis.detectors._violation import Seen, ViolationKind, of_jobs
from rampart.model import Gap

_REMEDY = (
    "Let the queue write to disk what it accepts (appendonly yes, appendfsync always) and evict nothing, and "
    "acknowledge a job when it is done, not when it is taken."
)


def _unsettled(seen: Seen) -> list[Gap]:
    """Accidents from which jobs were left that never ended: late cannot be told from lost."""
    return [
        Gap(
            code="JOBS-UNSETTLED",
            reason=f"when {one['accident']}, jobs were left that never ended",
            lost=("lost-job",),
            remedy="Let the workers catch up with the queue first: ramp to fewer users.",
        )
        for one in seen.accidents
        if not one.get("settled", True)
    ]


VIOLATION = ViolationKind(
    "lost-job", "A job was accepted and never done.",
    of_jobs("lost-job", "lost", "were never done", _REMEDY),
    unseen=_unsettled,
)  # fmt: skip
