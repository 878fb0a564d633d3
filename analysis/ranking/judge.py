"""One tenant level judged: its ledger, who is to blame, the findings in their order, and the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis import thresholds
from analysis.attribution import latency_ledger
from analysis.attribution.attribute import Attribution, attribute, evidence_of
from analysis.attribution.bootstrap import DRAWS, passed_on_again, replicates
from analysis.attribution.latency_ledger import Ledger
from analysis.attribution.wait_routing import wait_routing
from analysis.detectors._detector import SUSPECTED, Claims
from analysis.detectors._found import every_detector, of_latency
from analysis.level.level_data import LevelData
from analysis.level.objective import most_tried, slo_bracket
from analysis.network.build import full_server, network
from analysis.network.gain import Gain, gain
from analysis.network.server import Network, Relief, Server
from analysis.ranking import gains, share_intervals
from analysis.ranking.claims import share_out
from analysis.ranking.consequences import consequences
from analysis.ranking.order import Order, order
from analysis.stages import validity
from analysis.stages.objectives import allowed_errors
from analysis.stages.target_failure import failed_from_the_start
from analysis.thresholds import TOLD_APART
from rampart.finding import Evidence, Finding, Status
from rampart.verdict import VerdictOutcome

DETECTORS = every_detector()


@dataclass(frozen=True, slots=True)
class JudgedLevel:
    """One tenant level, judged."""

    level: LevelData
    entries: Ledger
    attribution: Attribution
    ranked: list[Finding]
    outcome: VerdictOutcome
    first: Finding | None
    tied: list[Finding]
    draws: list[Ledger] = field(default_factory=list)  # the ledger again, as it might have been measured
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # 95 % interval by finding id
    network: Network | None = None  # None: no stage to tell it by
    reliefs: Mapping[str, Relief] = field(default_factory=dict)  # what its remedy changes, by finding id
    gains: Mapping[str, Gain] = field(default_factory=dict)  # what that buys, by finding id
    order: Order = field(default_factory=Order)

    def joint_gain(self) -> Gain | None:
        """What the remedies that show together alone buy together."""
        relief = gains.together(self.reliefs[f.id] for f in self.order.joint)
        return gain(self.network, relief) if self.network is not None and self.order.joint else None


def judge(level: LevelData, checks: Sequence[validity.Check], draws: int = DRAWS) -> JudgedLevel:
    """Name the first bottleneck of one level, or say why none is named. No name depends on the draws for intervals."""
    entries = latency_ledger.ledger(level)
    servers = network(level)
    full = full_server(servers) if servers is not None else None
    routing = wait_routing(level, full.name if full is not None else None)
    attribution = attribute(entries, routing)
    claims = share_out(level, attribution, DETECTORS)
    found = [f for name, d in DETECTORS.items() if (f := d.detect(level, attribution, claims[name])) is not None]
    reached = [f for f in found if f.limit_users is not None and all(e.holds for e in f.evidence)]
    relieved = gains.reliefs(level, attribution, claims, found)
    known = gains.limits(level, servers, reached)
    by = order(level, known, relieved, reached, _waited_for(reached, relieved, attribution, full))
    bought = gains.gains(known, relieved, found)
    named = {f.id: _told(f, level, attribution, by) for f in found}
    named |= {
        f.id: replace(f, consequences=consequences(f, level, attribution, known, relieved, reached))
        for f in named.values()
        if f.status == "supported"
    }
    ranked = sorted(named.values(), key=lambda f: _place(f, by))
    outcome, first, tied = _outcome(level, by, checks)
    again = replicates(level, draws) if ranked else []
    blamed = [attribute(one, passed) for one, passed in zip(again, passed_on_again(routing, len(again)), strict=True)]
    between = _intervals(level, attribution, claims, ranked, blamed)
    return JudgedLevel(
        level, entries, attribution, ranked, outcome, named[first.id] if first else None, [named[f.id] for f in tied],
        again, between, servers, relieved, bought, by,
    )  # fmt: skip


def _waited_for(
    reached: Sequence[Finding], relieved: Mapping[str, Relief], attribution: Attribution, full: Server | None
) -> set[str]:
    """The findings that explain some of the waiting, or that relieve what much of it is for."""
    told = attribution.share(attribution.for_limit) >= thresholds.NOTED_SHARE
    rows = {f.id for f in reached if f.share > 0}
    return rows | {f.id for f in reached if full is not None and told and relieved.get(f.id, Relief()).relieves(full)}


def _told(finding: Finding, level: LevelData, attribution: Attribution, by: Order) -> Finding:
    """A finding with its status: supported where nothing contradicts it and its remedy would show."""
    shows = by.bought.get(finding.id, 1.0) >= TOLD_APART or finding is by.first or finding in by.joint
    status: Status = "supported" if shows and all(e.holds for e in finding.evidence) else "suspected"
    confidence = finding.confidence if status == "supported" else min(finding.confidence, SUSPECTED)
    evidence = (*finding.evidence, *_blamed(finding, level, attribution))
    return replace(finding, status=status, confidence=confidence, evidence=evidence)


def _place(finding: Finding, by: Order) -> tuple[bool, bool, bool, float, float, str]:
    """Where a finding stands: the first, then what is supported, by what its remedy buys."""
    is_first = by.first is not None and finding.id == by.first.id
    bought = by.bought.get(finding.id, 1.0)
    return not is_first, finding.status != "supported", finding.id in by.honest, -bought, -finding.share, finding.id


def _intervals(
    level: LevelData, attribution: Attribution, claims: Mapping[str, Claims], ranked: Sequence[Finding],
    draws: Sequence[Attribution],
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """The interval of each finding's share of the added latency; those whose share is of something else have none."""
    found = {
        f.id: share_intervals.of_finding(f, DETECTORS[f.id], level, attribution, claims[f.id], draws)
        for f in ranked
        if of_latency(f)
    }
    return {name: between for name, between in found.items() if between is not None}


def _blamed(finding: Finding, level: LevelData, attribution: Attribution) -> list[Evidence]:
    """Where its share of the added latency comes from; nothing for a finding that has none."""
    tells = attribution.noticeable and finding.share > 0 and level.knee.value is not None
    return [evidence_of(finding.share, attribution)] if tells and of_latency(finding) else []


def _outcome(
    level: LevelData, by: Order, checks: Sequence[validity.Check]
) -> tuple[VerdictOutcome, Finding | None, list[Finding]]:
    """The outcome, the first bottleneck and those that cannot be told from it."""
    broken = {check.name for check in checks if check.fatal and not check.ok}
    if not any(p.requests or p.unanswered for p in level.points) or broken - {"stages"}:
        return "invalid", None, []
    if _generator_limited(level):
        return "generator_limited", None, []
    if broken:
        return "invalid", None, []
    if target_failed(level, checks):
        return "target_failed", None, []
    if by.first is None:
        bent = level.knee.value is not None or level.knee.below is not None
        reached = bent or any(k.value is not None for k in level.queue_knees.values())
        # Only what was met at the most users that were tried, and not where their stages were spoiled, says so.
        met = slo_bracket(level).met == most_tried(level)
        return ("not_reached" if met and not reached else "inconclusive"), None, []
    return "bottleneck", by.first, list(by.tied)


def target_failed(level: LevelData, checks: Sequence[validity.Check]) -> bool:
    """Whether the target failed at the lowest load already, or stopped answering and did not come back.

    What one user alone is refused may be the scenario's mistake, and is then no failure of the target.
    """
    rightly_asked = all(check.ok for check in checks if check.name == validity.ANSWERS)
    allowed = allowed_errors(level.objectives)
    return level.target_gone or (rightly_asked and failed_from_the_start(level.points, allowed))


def _generator_limited(level: LevelData) -> bool:
    """The curve bends where the generator is full, or late: what it could not send says nothing of the target."""
    spoiled = [p for p in level.points if p.why_invalid and "load generator" in p.why_invalid]
    others = sum(p.why_invalid is not None for p in level.points) - len(spoiled)
    return len(spoiled) > others and level.knee.value is None
