"""Cause before symptom: who explains a statement, and which findings give way. The detectors say what is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector
from analysis.detectors._found import every_detector
from analysis.level.level_data import LevelData
from rampart.finding import Evidence, Finding


def claim_order(detectors: Mapping[str, Detector]) -> list[str]:
    """Who is asked to explain an expensive statement, the most specific cause first.

    Raises: graphlib.CycleError where two detectors come after each other.
    """
    claiming = {name: [n for n in d.claims_after if n in detectors] for name, d in detectors.items() if d.claim}
    return list(TopologicalSorter(dict(sorted(claiming.items()))).static_order())


def consequences(finding: Finding, attribution: Attribution, supported: Sequence[Finding]) -> tuple[str, ...]:
    """The symptoms of a finding that can be seen in what is saturated at the knee, or that give way to it."""
    full = set(attribution.saturated)
    seen = {name for name, detector in every_detector().items() if not full.isdisjoint(detector.saturates)}
    seen |= {other.id for other in supported if _gives_way(other, finding)}
    slowed = sorted(other.id for other in supported if _slows(other, finding))
    return tuple(dict.fromkeys([*(s for s in symptoms(finding.id) if s in seen), *slowed]))


def causes(candidates: Sequence[Finding]) -> list[Finding]:
    """The candidates without those that give way to another of them."""
    return [f for f in candidates if not any(_gives_way(f, cause) for cause in candidates)]


def foremost(together: Sequence[Finding]) -> tuple[Finding, list[Finding]]:
    """Of findings whose limits are reached together the first, and those that cannot be told from it.

    The largest share is first; where shares cannot be told apart, what the largest is a symptom of.
    """
    largest = max(together, key=lambda f: (f.share, f.id))
    close = [f for f in together if largest.share - f.share < thresholds.TIE]
    first = max(close, key=lambda f: (largest.id in symptoms(f.id), f.share, f.id))
    return first, [f for f in close if f is not first]


def symptoms(name: str) -> Sequence[str]:
    """What a finding also looks like."""
    detector = every_detector().get(name)
    return detector.symptoms if detector else ()


def absorbed(name: str) -> Sequence[str]:
    """The findings that give way to one, for they are about the very same waiting."""
    detector = every_detector().get(name)
    return detector.absorbs if detector else ()


def _gives_way(finding: Finding, cause: Finding) -> bool:
    """Whether both are about the same waiting; each queue has its own."""
    same = not finding.family == cause.family == "queue" or finding.resource == cause.resource
    return (same and finding.id in absorbed(cause.id)) or _slows(finding, cause)


def _slows(finding: Finding, cause: Finding) -> bool:
    """Whether the work of `finding` takes longer for want of what `cause` is about: both are at their limit at once."""
    if not finding.slowed or finding.family == cause.family or finding.limit_users is None:
        return False
    return cause.limit_users is not None and cause.limit_users <= thresholds.TOGETHER * finding.limit_users


def share_out(level: LevelData, attribution: Attribution, detectors: Mapping[str, Detector]) -> dict[str, Claims]:
    """Give each statement with blame to the first cause that claims it."""
    given: dict[str, dict[str, Sequence[Evidence]]] = {name: {} for name in detectors}
    order = claim_order(detectors)
    for statement in sorted(attribution.statements):
        for name in order:
            claim = detectors[name].claim
            evidence = claim(level, statement) if claim else None
            if evidence is not None:
                given[name][statement] = evidence
                break
    return dict(given)
