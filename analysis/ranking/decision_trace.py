"""Which rule decided about a finding, in words and by the thresholds that it went by."""

from __future__ import annotations

from analysis.ranking.cause_order import symptoms
from analysis.ranking.judge import JudgedLevel
from analysis.thresholds import SUPPORTED_SHARE, TIE, TOGETHER, Threshold
from rampart.finding import Finding


def decided(finding: Finding, judged: JudgedLevel) -> tuple[str | None, list[Threshold], str]:
    """Why a finding is not first (None: it is), the thresholds that decided, and the rule in words."""
    first = judged.first
    if finding is first:
        return None, [SUPPORTED_SHARE, TOGETHER, TIE], _FIRST
    if first is None:
        why = "no limit was reached" if judged.outcome == "not_reached" else f"the outcome is {judged.outcome}"
        return why, [SUPPORTED_SHARE], "a first bottleneck is a supported finding whose limit was reached"
    if finding.id in first.consequences:
        looks = ", ".join(symptoms(first.id))
        return (
            f"it is a consequence of {first.id}",
            [],
            f"{first.id} also looks like {looks} (analysis/detectors)",
        )
    if finding.status == "suspected":
        failing = [e.claim for e in finding.evidence if not e.holds]
        why = f"contradicted: {failing[0]}" if failing else f"it explains {finding.share:.0%} of the added latency"
        return why, [SUPPORTED_SHARE], "supported: a large enough share, and no check of the mechanism fails"
    if finding in judged.tied:
        return f"it cannot be told apart from {first.id}", [TIE], "shares closer than this cannot be told apart"
    if (finding.limit_users or 0) > TOGETHER * (first.limit_users or 0):
        why = f"its limit comes later, at {finding.limit_users:.0f} users"
        return why, [TOGETHER], "limits within this factor of the lowest are reached together"
    why = f"it explains {finding.share:.0%} of the added latency, {first.id} {first.share:.0%}"
    return why, [TOGETHER, TIE], "of those reached together, the one with the largest share is first"


_FIRST = "of the supported findings whose limits are reached together at the lowest load, it has the largest share"
