"""A user did not see what the same user had just written."""

from __future__ import annotations

from analysis.detectors._violation import ViolationKind, of_answers

_REMEDY = (
    "Delete a cached answer after the commit that changes it, and read from the primary for some seconds after a "
    "write, not from a replica."
)

VIOLATION = ViolationKind(
    "stale-read", "A user did not see what the same user had just written.",
    of_answers("stale-read", "stale_read", "lacked what the same user had just written", _REMEDY),
    outcome="stale_read",
)  # fmt: skip
