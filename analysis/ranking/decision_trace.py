"""Which rule decided about a finding, in words and by the thresholds that it went by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType

from analysis import thresholds
from analysis.detectors._detector import Detector
from analysis.ranking.cause_order import SYMPTOMS
from analysis.ranking.judge import JudgedLevel
from rampart.finding import Finding

THRESHOLDS = {name: value for name, value in vars(thresholds).items() if name.isupper()}


def decided(finding: Finding, judged: JudgedLevel) -> tuple[str | None, list[str], str]:
    """Why a finding is not first (None: it is), the thresholds that decided, and the rule in words."""
    first = judged.first
    if finding is first:
        return None, ["SUPPORTED_SHARE", "TOGETHER", "TIE"], _FIRST
    if first is None:
        why = "no limit was reached" if judged.outcome == "not_reached" else f"the outcome is {judged.outcome}"
        return why, ["SUPPORTED_SHARE"], "a first bottleneck is a supported finding whose limit was reached"
    if finding.id in first.consequences:
        symptoms = ", ".join(SYMPTOMS.get(first.id, ()))
        return (
            f"it is a consequence of {first.id}",
            [],
            f"{first.id} also looks like {symptoms} (analysis/ranking/cause_order.py)",
        )
    if finding.status == "suspected":
        failing = [e.claim for e in finding.evidence if not e.holds]
        why = f"contradicted: {failing[0]}" if failing else f"it explains {finding.share:.0%} of the added latency"
        return why, ["SUPPORTED_SHARE"], "supported: a large enough share, and no check of the mechanism fails"
    if finding in judged.tied:
        return f"it cannot be told apart from {first.id}", ["TIE"], "shares closer than this cannot be told apart"
    if (finding.limit_users or 0) > thresholds.TOGETHER * (first.limit_users or 0):
        why = f"its limit comes later, at {finding.limit_users:.0f} users"
        return why, ["TOGETHER"], "limits within this factor of the lowest are reached together"
    why = f"it explains {finding.share:.0%} of the added latency, {first.id} {first.share:.0%}"
    return why, ["TOGETHER", "TIE"], "of those reached together, the one with the largest share is first"


_FIRST = "of the supported findings whose limits are reached together at the lowest load, it has the largest share"


def consulted(detector: Detector) -> dict[str, float]:
    """The thresholds that a detector goes by, its file's own ones included, by name: read off its compiled code."""
    module = vars(sys.modules[detector.detect.__module__])
    functions = [f for f in module.values() if isinstance(f, FunctionType) and f.__module__ == module["__name__"]]
    names = {name for f in functions for name in _names(f.__code__)}
    own = {n: v for n, v in module.items() if n.isupper() and n.startswith("_") and isinstance(v, float)}
    numbers = {**THRESHOLDS, **own}
    return {name: float(numbers[name]) for name in sorted(names & set(numbers))}


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
