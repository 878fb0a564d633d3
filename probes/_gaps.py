"""What a probe that does work could still not see: recorded beside the facts that it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rampart.model import JSON, Gap


def gap_facts(*gaps: Gap) -> JSON:
    """The section `gaps` of `statements.json`: reason, lost finding ids and remedy, by code."""
    return {gap.code: {"reason": gap.reason, "lost": list(gap.lost), "remedy": gap.remedy} for gap in gaps}


def merged_gaps(gaps: Sequence[Gap]) -> JSON:
    """As `gap_facts`, where several parts leave the same gap: its reasons one after the other."""
    together: dict[str, Gap] = {}
    for gap in gaps:
        first = together.get(gap.code)
        together[gap.code] = replace(first, reason=f"{first.reason}; {gap.reason}") if first else gap
    return gap_facts(*together.values())
