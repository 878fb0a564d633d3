"""The parts of a verdict that speak of levels, findings and what a request costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Needs
from analysis.detectors._found import needing, of_latency
from analysis.ranking import share_intervals
from analysis.ranking.decision_trace import decided
from analysis.ranking.gains import of_limit
from analysis.ranking.judge import DETECTORS, JudgedLevel
from analysis.record import sql_text
from analysis.verdict.capacity import interval
from analysis.verdict.headline import level_headline
from rampart import resources
from rampart.finding import Finding, Rule
from rampart.latency import AddedLatency, BlamedShare
from rampart.model import JSON, Gap
from rampart.printable import clean
from rampart.resources import ResourceName
from rampart.verdict import EndpointCost, Inefficiency, LevelVerdict, Profile, Verdict

_LEAST_BLAMED = 0.02


def added_latency(judged: JudgedLevel) -> AddedLatency:
    """The ledger of a level, and who it is blamed on."""
    blamed = _blamed_shares(judged)
    row = share_intervals.added_latency(judged.level, judged.entries, judged.draws, blamed)
    return replace(row, unexplained=_unexplained(judged.attribution, blamed))


def _unexplained(attribution: Attribution, blamed: Sequence[BlamedShare]) -> float | None:
    """What is left once waiting is passed on, without what a finding takes on itself all the same."""
    if not attribution.noticeable:
        return None
    return min(attribution.share(attribution.unexplained), max(1 - sum(one.share for one in blamed), 0.0))


def _blamed_shares(judged: JudgedLevel) -> list[BlamedShare]:
    """Who the ledger's milliseconds are blamed on, once waiting is passed on; what is below 2 % is left out.

    The first bottleneck first, then as they are ranked: of two about the same waiting the second has what is left.
    """
    found, left = [], 1.0
    ranked = sorted(judged.ranked, key=lambda f: f is not judged.first)
    for f in (f for f in ranked if of_latency(f)):
        share = min(f.share, left)
        if share >= _LEAST_BLAMED:
            found.append(BlamedShare(f.id, share, *(_between(f, judged) if share == f.share else (None, None))))
            left -= share
    return found


def explained(found: Finding, judged: JudgedLevel) -> Finding:
    """A finding with why it is not the first of its level, and the rule that decided."""
    why_not, by, said = decided(found, judged)
    low, high = _between(found, judged)
    bought = judged.gains.get(found.id)
    return replace(
        found,
        why_not_first=why_not,
        of_latency=of_latency(found),
        share_low=low,
        share_high=high,
        rule=Rule(said, {t.name: float(t) for t in by}),
        thresholds={t.name: float(t) for t in DETECTORS[found.id].thresholds},
        gain=of_limit(bought, found) if bought is not None else None,
    )


def _between(found: Finding, judged: JudgedLevel) -> tuple[float | None, float | None]:
    return judged.shares.get(found.id, (None, None))


def full(judged: JudgedLevel) -> ResourceName | None:
    """What is full where a level's first bottleneck shows; None: there is none, or nothing that is seen is full."""
    network = judged.first and judged.order.network
    limit = network.servers[0] if network and network.knee_users is not None else None
    return limit.name if limit is not None and limit.name != resources.UNSEEN else None


def inefficiencies(levels: Sequence[JudgedLevel]) -> list[Inefficiency]:
    """What is wasteful although it is not the limit of its level."""
    rows = []
    for judged in levels:
        taken = {judged.first.id, *judged.first.consequences} if judged.first else set()
        for f in judged.ranked:
            if f.id not in taken and not DETECTORS[f.id].work and all(e.holds for e in f.evidence):
                claim = f.evidence[0].claim if f.evidence else ""
                rows.append(Inefficiency(f.id, f.tenants, f.resource, f.endpoint, claim))
    return rows


def gaps(about: JSON, facts: JSON) -> list[Gap]:
    """What could not be seen: as `run.json` says, what probes that ran saw only in part, and unread statements."""
    partly = sorted({**(facts.get("gaps") or {}), **_unread((facts.get("statements") or {}).values())}.items())
    return _each_once(_gap(row) for row in (*about.get("gaps", []), *({**row, "code": code} for code, row in partly)))


def not_named(verdict: Verdict) -> tuple[Gap, ...]:
    """The gaps without the findings that could be named all the same: what was seen was enough for them."""
    named = {f.id for f in verdict.ranked if f.status != "suspected"} | {v.id for v in verdict.violations}
    return tuple(replace(gap, lost=tuple(name for name in gap.lost if name not in named)) for gap in verdict.gaps)


def _each_once(found: Iterable[Gap]) -> list[Gap]:
    """A fault that several probes have, such as a server that is down, is one gap with all that it hides."""
    lost: dict[tuple[str, str, str], dict[str, None]] = {}
    for gap in found:
        lost.setdefault((gap.code, gap.reason, gap.remedy), {}).update(dict.fromkeys(gap.lost))
    return [Gap(code, reason, tuple(names), remedy) for (code, reason, remedy), names in lost.items()]


def _unread(statements: Collection[JSON]) -> dict[str, JSON]:
    unread = sql_text.unread(text for about in statements if (text := about.get("text")))
    if not unread:
        return {}
    reason = f"{unread} of {len(statements)} statements could not be parsed: their tables and columns are not known"
    return {"SQL-UNREAD": {"reason": reason, "lost": needing(Needs.SQL)}}


def _gap(row: JSON) -> Gap:
    lost = tuple(clean(name) for name in row.get("lost") or ())
    return Gap(clean(row.get("code")), clean(row.get("reason")), lost, clean(row.get("remedy")))


def level_verdict(judged: JudgedLevel) -> LevelVerdict:
    """The outcome of one level in short."""
    return LevelVerdict(
        tenants=judged.level.tenants,
        outcome=judged.outcome,
        first=judged.first.id if judged.first else None,
        knee_users=interval(judged.level.knee),
        sentence=level_headline(judged),
        saturated=judged.attribution.saturated,
    )


def profile(levels: Sequence[JudgedLevel]) -> Profile | None:
    """What one request costs, at the largest level that was profiled."""
    with_profile = [judged for judged in levels if judged.level.profile]
    if not with_profile:
        return None
    last = with_profile[-1].level
    costs = [
        EndpointCost(row.endpoint, row.requests, row.latency_ms, row.calls, row.db_ms, row.app_cpu_ms, row.cache_gets,
                     row.jobs)
        for row in last.profile
    ]  # fmt: skip
    return Profile(last.tenants, tuple(costs))
