"""What a probe that does work could still not see: recorded beside the facts that it leaves behind."""

from __future__ import annotations

from rampart.model import JSON, Gap


def gap_facts(*gaps: Gap) -> JSON:
    """The section `gaps` of `statements.json`: reason, lost finding ids and remedy, by code."""
    return {gap.code: {"reason": gap.reason, "lost": list(gap.lost), "remedy": gap.remedy} for gap in gaps}
