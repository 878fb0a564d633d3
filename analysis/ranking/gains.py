"""What each finding's remedy alone would buy: the first limit of a level after it, over that now.

Requests, each queue's jobs, and what no server is asked for (a replica that lags) are classes of work. Each ends at a
load of its own; the least of them is what the level can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures
from analysis.detectors._found import every_detector
from analysis.level.level_data import LevelData
from analysis.level.objective import most_tried
from analysis.network import jobs
from analysis.network.gain import Gain, gain
from analysis.network.server import Network, Relief
from rampart import resources
from rampart.finding import Finding, Interval

REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Limits:
    """The classes of work of a level: users at which each ends, and the servers that tell what a remedy does to it."""

    users: Mapping[str, float]
    networks: Mapping[str, Network] = field(default_factory=dict)  # none: its own remedy lifts it, and no other
    reached: frozenset[str] = frozenset()  # those in which a finding's limit was reached

    @property
    def now(self) -> float:
        """Users at which the first of those that were reached ends."""
        return min((self.users[name] for name in self.reached), default=inf)

    def after(self, remedies: Mapping[str, Relief]) -> float:
        """The same once these remedies are applied, by finding id; infinite where nobody knows of another limit."""
        relief = together(remedies.values())
        return min((self._after(name, relief, remedies) for name in self.users), default=inf)

    def bought(self, remedies: Mapping[str, Relief]) -> float:
        """By what these remedies multiply what the level can do."""
        return max(self.after(remedies) / self.now, 1.0) if self.reached else 1.0

    def _after(self, name: str, relief: Relief, remedies: Mapping[str, Relief]) -> float:
        network, users = self.networks.get(name), self.users[name]
        if network is None:
            return inf if name in remedies else users
        one = gain(network, relief)
        return inf if one is None else users * one.limit.value


def class_of(finding: Finding, level: LevelData) -> str:
    """The class of work whose end a finding is about."""
    detector = every_detector()[finding.id]
    if detector.measures is Measures.JOBS:
        return finding.resource
    return REQUESTS if _modelled(detector) and level.knee.value is not None else finding.id


def limits(level: LevelData, network: Network | None, findings: Sequence[Finding]) -> Limits:
    """The limits that were reached, and where nobody reached that of requests, the one that is foretold."""
    users = {class_of(f, level): f.limit_users for f in findings if f.limit_users is not None}
    if network is None:
        return Limits(users, {}, frozenset(users))
    known = {REQUESTS: network, **jobs.of_queues(level, network)}
    foretold = max(network.end_users, float(most_tried(level)))
    all_users = {**users, REQUESTS: foretold if level.knee.value is None else level.knee.value}
    return Limits(all_users, {name: known[name] for name in all_users if name in known}, frozenset(users))


def reliefs(
    level: LevelData, attribution: Attribution, claims: Mapping[str, Claims], found: Sequence[Finding]
) -> dict[str, Relief]:
    """How the remedy of each finding changes the network, by id, however small its share so far.

    Absent are those that are not modelled, and those that their own evidence contradicts.
    """
    changes = {}
    for finding in found:
        detector = every_detector()[finding.id]
        if _modelled(detector) and all(e.holds for e in finding.evidence):
            share = 0.0 if detector.measures is Measures.JOBS else finding.share
            says = detector.relief or (lambda *_: Relief(lifts=frozenset({resources.UNSEEN})))
            changes[finding.id] = replace(says(level, attribution, claims[finding.id]), share=share)
    return changes


def _modelled(detector: Detector) -> bool:
    """Whether requests or jobs end later by its remedy; where it says no more, by what it explains of the waiting."""
    return detector.relief is not None or detector.measures in (Measures.LATENCY, Measures.ERRORS)


def together(remedies: Iterable[Relief]) -> Relief:
    """Several remedies as one."""
    whole = Relief()
    for one in remedies:
        whole = whole.and_by(one)
    return whole


def gains(known: Limits, found: Mapping[str, Relief], findings: Sequence[Finding]) -> dict[str, Gain]:
    """By finding id, for its own class of work; that of jobs ends where requests do, at the latest."""
    bought = {f.id: _own(known, found[f.id], f) for f in findings if f.id in found}
    return {name: one for name, one in bought.items() if one is not None}


def _own(known: Limits, relief: Relief, finding: Finding) -> Gain | None:
    network = known.networks.get(REQUESTS)
    of_requests = gain(network, relief) if network is not None else None
    workers = known.networks.get(finding.resource)
    if workers is None or of_requests is None:
        return of_requests
    own = gain(workers, relief)
    most = of_requests.knee_users / workers.knee_users if workers.knee_users else 1.0
    least = [Interval(most * r.value, most * r.low, most * r.high) for r in (of_requests.knee,)]
    least += [own.knee] if own is not None else []
    knee = Interval(*(max(min(getattr(r, part) for r in least), 1.0) for part in ("value", "low", "high")))
    return Gain(knee, knee, workers.knee_users or 0.0, of_requests.next, relief.relieves(workers.servers[0]))


def of_limit(one: Gain, finding: Finding) -> Interval:
    """The limit of a finding after its remedy over that now; its own limit may lie elsewhere than the knee."""
    by = one.knee_users / (finding.limit_users or one.knee_users)
    return Interval(*(max(by * value, 1.0) for value in (one.knee.value, one.knee.low, one.knee.high)))
