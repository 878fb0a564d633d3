"""One tenant level judged: its ledger, who is to blame, the findings in their order, and the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis import detectors
from analysis import thresholds as limits
from analysis.attribution import attribute as blaming
from analysis.attribution import latency_ledger
from analysis.attribution.bootstrap import passed_on_again, replicates
from analysis.attribution.latency_ledger import Ledger
from analysis.detectors._detector import Claims, Detector
from analysis.level import level_data as cases
from analysis.ranking import share_intervals
from analysis.ranking.cause_order import NOT_OF_LATENCY, causes, consequences, foremost, share_out
from analysis.stages import validity
from rampart.model import Evidence, Finding
from rampart.plugins import discover

DETECTORS = discover(detectors, Detector)


@dataclass(frozen=True, slots=True)
class Level:
    """One tenant level, judged."""

    case: cases.Case
    entries: Ledger
    blame: blaming.Blame
    ranked: list[Finding]
    outcome: str
    first: Finding | None
    tied: list[Finding]
    draws: list[Ledger] = field(default_factory=list)  # the ledger again, as it might have been measured
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # 95 % interval by finding id


def judge(case: cases.Case, checks: Sequence[validity.Check]) -> Level:
    """Name the first bottleneck of one level, or say why none is named."""
    entries = latency_ledger.ledger(case)
    held = blaming.held(case)
    blame = blaming.blame(entries, held)
    claims = share_out(case, blame, DETECTORS)
    found = [f for name, d in DETECTORS.items() if (f := d.detect(case, blame, claims[name])) is not None]
    named = [f for f in found if f.status == "supported"]
    found = [
        replace(f, consequences=consequences(f, blame, named), evidence=(*f.evidence, *_blamed(f, case, blame)))
        for f in found
    ]
    ranked = sorted(found, key=lambda f: (f.status != "supported", -f.share, f.id))
    outcome, first, tied = _outcome(case, ranked, checks)
    draws = replicates(case) if ranked else []
    blamed = [blaming.blame(one, by) for one, by in zip(draws, passed_on_again(held, len(draws)), strict=True)]
    between = _intervals(case, blame, claims, ranked, blamed)
    return Level(case, entries, blame, ranked, outcome, first, tied, draws, between)


def _intervals(
    case: cases.Case, blame: blaming.Blame, claims: Mapping[str, Claims], ranked: Sequence[Finding],
    draws: Sequence[blaming.Blame],
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """The interval of each finding's share of the added latency; those whose share is of something else have none."""
    found = {
        f.id: share_intervals.of_finding(f, DETECTORS[f.id], case, blame, claims[f.id], draws)
        for f in ranked
        if f.id not in NOT_OF_LATENCY
    }
    return {name: between for name, between in found.items() if between is not None}


def _blamed(finding: Finding, case: cases.Case, blame: blaming.Blame) -> list[Evidence]:
    """Where its share of the added latency comes from; nothing for a finding that has none."""
    tells = blame.noticeable and finding.share > 0 and case.knee.value is not None
    return [blaming.told(finding.share, blame)] if tells and finding.id not in NOT_OF_LATENCY else []


def _outcome(
    case: cases.Case, ranked: Sequence[Finding], checks: Sequence[validity.Check]
) -> tuple[str, Finding | None, list[Finding]]:
    """The outcome, the first bottleneck and those that cannot be told from it."""
    broken = {check.name for check in checks if check.fatal and not check.ok}
    if not any(p.requests for p in case.points) or broken - {"stages"}:
        return "invalid", None, []
    if _generator_limited(case):
        return "generator_limited", None, []
    if broken:
        return "invalid", None, []
    candidates = causes([f for f in ranked if f.status == "supported" and f.limit_users is not None])
    if not candidates:
        bent = case.knee.value is not None or case.knee.below is not None
        reached = bent or any(k.value is not None for k in case.queue_knees.values())
        return ("inconclusive" if reached else "not_reached"), None, []
    earliest = min(f.limit_users or 0.0 for f in candidates)
    together = [f for f in candidates if (f.limit_users or 0.0) <= limits.TOGETHER * earliest]
    return "bottleneck", *foremost(together)


def _generator_limited(case: cases.Case) -> bool:
    """The curve bends where the generator is full, or late: what it could not send says nothing of the target."""
    spoiled = [p for p in case.points if p.why_invalid and "load generator" in p.why_invalid]
    others = sum(p.why_invalid is not None for p in case.points) - len(spoiled)
    return len(spoiled) > others and case.knee.value is None
