"""Who explains a statement: the most specific cause that claims it. The detectors say who is asked before whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector
from analysis.level.level_data import LevelData
from rampart.finding import Evidence


def claim_order(detectors: Mapping[str, Detector]) -> list[str]:
    """Who is asked to explain an expensive statement, the most specific cause first.

    Raises: graphlib.CycleError where two detectors come after each other.
    """
    claiming = {name: [n for n in d.claims_after if n in detectors] for name, d in detectors.items() if d.claim}
    return list(TopologicalSorter(dict(sorted(claiming.items()))).static_order())


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
