"""Which rule decided about a finding, in words and by the thresholds that it went by."""

from __future__ import annotations

from analysis.ranking.judge import JudgedLevel
from analysis.thresholds import TOLD_APART, Threshold
from rampart.finding import Finding

_BY_GAIN = "by what the remedies bring alone; of those that cannot be told apart, less demand goes before more capacity"
_JOINT = "no remedy shows alone: those that do together are told in the order in which their limits are met"
_HONEST = "nothing that can be mended would show: what is full is honestly used up"
_FULL = "it is about what is full; no remedy that is known would show, for the next limit lies close behind"
_SUPPORTED = "supported: its remedy alone would show, and no check of the mechanism fails"


def decided(finding: Finding, judged: JudgedLevel) -> tuple[str | None, list[Threshold], str]:
    """Why a finding is not first (None: it is), the thresholds that decided, and the rule in words."""
    first, by = judged.first, judged.order
    if finding is first:
        alone = by.bought.get(finding.id, 1.0) < TOLD_APART
        said = _JOINT if by.joint else _HONEST if first.id in by.honest else _FULL if alone else _BY_GAIN
        return None, [TOLD_APART], said
    if first is None:
        why = "no limit was reached" if judged.outcome == "not_reached" else f"the outcome is {judged.outcome}"
        return why, [TOLD_APART], "a first bottleneck is a supported finding whose limit was reached"
    if finding.id in first.consequences:
        return f"it is a consequence of {first.id}", [], f"what it names is full because of {first.id}"
    bought = by.bought.get(finding.id)
    failing = [e.claim for e in finding.evidence if not e.holds]
    if failing:
        return f"contradicted: {failing[0]}", [], _SUPPORTED
    if bought is None:
        return "its limit was not reached", [], "a first bottleneck is a supported finding whose limit was reached"
    if finding.id in by.honest:
        return f"more of it would bring ×{bought:.2f}, but {first.id} can be mended", [TOLD_APART], _HONEST
    if finding.id in {f.id for f in by.joint}:
        return f"its remedy shows after that of {first.id}", [TOLD_APART], _JOINT
    if finding in judged.tied:
        return f"it cannot be told apart from {first.id}", [TOLD_APART], "gains within this factor are alike"
    why = f"its remedy alone would bring ×{bought:.2f}, that of {first.id} ×{by.bought[first.id]:.2f}"
    return why, [TOLD_APART], _BY_GAIN if finding.status == "supported" else _SUPPORTED
