"""A job took effect more than once."""

from __future__ import annotations

from analysis.detectors._violation import ViolationKind, of_jobs

_REMEDY = (
    "Give each effect a key under a unique constraint, inserted in the transaction of the effect: a job that is "
    "delivered twice then does nothing the second time."
)

VIOLATION = ViolationKind(
    "duplicate-effect", "A job took effect more than once.",
    of_jobs("duplicate-effect", "repeated", "took effect more than once", _REMEDY),
)  # fmt: skip
