"""What each finding's remedy alone would buy, from the network of its level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims
from analysis.detectors._found import every_detector
from analysis.level.level_data import LevelData
from analysis.network.gain import Gain, gain
from analysis.network.server import Network, Relief
from rampart.finding import Finding, Interval


def reliefs(
    level: LevelData, attribution: Attribution, claims: Mapping[str, Claims], ranked: Sequence[Finding]
) -> dict[str, Relief]:
    """How the remedy of each finding changes the network, by id, however small its share so far.

    Absent are those that are not modelled, and those that their own evidence contradicts.
    """
    found = {}
    for finding in ranked:
        relief = every_detector()[finding.id].relief
        if relief is not None and all(e.holds for e in finding.evidence):
            found[finding.id] = relief(level, attribution, claims[finding.id])
    return found


def gains(network: Network | None, found: Mapping[str, Relief], first: Finding | None) -> dict[str, Gain]:
    """By finding id. A first bottleneck of which the network shows nothing has none: one of the two is wrong."""
    if network is None:
        return {}
    bought = {name: gain(network, relief) for name, relief in found.items()}
    # The limit of jobs lies where it lies, whatever is full for requests.
    of_requests = first is not None and first.limit_users == network.knee_users
    wrong = {first.id} if first is not None and of_requests else set()
    return {name: one for name, one in bought.items() if one is not None and (name not in wrong or one.relieves)}


def of_limit(one: Gain, finding: Finding) -> Interval:
    """The limit of a finding after its remedy over that now; that of jobs lies elsewhere than the knee."""
    by = one.knee_users / (finding.limit_users or one.knee_users)
    return Interval(*(max(by * value, 1.0) for value in (one.knee.value, one.knee.low, one.knee.high)))
