"""What became of jobs in accidents that were provoked: those that were lost, and those that took effect twice."""

from __future__ import annotations

from collections.abc import Sequence

from rampart.model import JSON, Gap
from rampart.verdict import Violation

_WRONG = {"lost-job": ("lost", "were never done"), "duplicate-effect": ("repeated", "took effect more than once")}


def violations(accidents: Sequence[JSON], tenants: int) -> list[Violation]:
    """A row for each kind and accident; `accidents` is what `effects.json` holds."""
    return [
        Violation(
            id=kind,
            tenants=tenants,
            endpoint="",
            count=len(one[which]),
            sentence=f"{len(one[which])} of {one['jobs']} jobs {what} when {one['accident']}.",
        )
        for kind, (which, what) in _WRONG.items()
        for one in accidents
        if one[which]
    ]


def unseen(accidents: Sequence[JSON]) -> list[Gap]:
    """What could not be seen: after an accident from which jobs were left that never ended, none counts as lost."""
    return [
        Gap(
            code="JOBS-UNSETTLED",
            reason=f"when {one['accident']}, jobs were left that never ended",
            lost=("lost-job",),
            remedy="Let the workers catch up with the queue first: ramp to fewer users.",
        )
        for one in accidents
        if not one.get("settled", True)
    ]
