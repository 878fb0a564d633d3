"""What a verdict says of its levels and findings, as verdict.json holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict

from analysis.ranking.cause_order import NOT_OF_LATENCY
from analysis.ranking.decision_trace import THRESHOLDS, consulted, decided
from analysis.ranking.judge import DETECTORS, JudgedLevel
from analysis.record import sql_text
from analysis.record.requests import Requests
from analysis.stages import operating_point, service_demand
from analysis.verdict import sentence
from analysis.verdict.capacity import interval
from rampart.model import JSON, Finding

_WRONG = {"tenant-leak": "belonged to another tenant", "stale-read": "lacked what the same user had just written"}


def blamed_shares(judged: JudgedLevel) -> list[JSON]:
    """Who the ledger's milliseconds are blamed on, once waiting is passed on; what is below 2 % is left out."""
    found = [f for f in judged.ranked if f.id not in NOT_OF_LATENCY and f.share >= 0.02]
    return [
        {"id": f.id, "share": f.share, **_between(f, judged)} for f in sorted(found, key=lambda f: (-f.share, f.id))
    ]


def of_finding(found: Finding, judged: JudgedLevel) -> JSON:
    """A finding, why it is not the first of its level, and the rule that decided."""
    why_not, names, said = decided(found, judged)
    return {
        **asdict(found),
        "evidence": [asdict(e) for e in found.evidence],
        "why_not_first": why_not,
        "of_latency": found.id not in NOT_OF_LATENCY,  # else its share is of lost requests, or of nothing
        **_between(found, judged),
        "rule": {"said": said, "thresholds": {name: float(THRESHOLDS[name]) for name in names}},
        "thresholds": consulted(DETECTORS[found.id]),
    }


def _between(found: Finding, judged: JudgedLevel) -> JSON:
    low, high = judged.shares.get(found.id, (None, None))
    return {"share_low": low, "share_high": high}


def inefficiencies(levels: Sequence[JudgedLevel]) -> list[JSON]:
    """What is wasteful although it is not the limit of its level."""
    rows = []
    for judged in levels:
        taken = {judged.first.id, *judged.first.consequences} if judged.first else set()
        for f in judged.ranked:
            if f.id not in taken and f.id not in ("db-cpu", "app-cpu") and all(e.holds for e in f.evidence):
                rows.append({"id": f.id, "tenants": f.tenants, "resource": f.resource, "endpoint": f.endpoint,
                             "claim": f.evidence[0].claim if f.evidence else ""})  # fmt: skip
    return rows


def violations(seen: Sequence[operating_point.Point], requests: Requests) -> list[JSON]:
    """Answers that were wrong, not slow, by kind, level and endpoint."""
    counts: Counter[tuple[str, int, str]] = Counter()
    for p in (p for p in seen if p.requests):
        for kind, wrong in (("tenant-leak", requests.wrong_tenant), ("stale-read", requests.stale_read)):
            for endpoint, count in zip(requests.endpoints, wrong[p.index].tolist(), strict=True):
                counts[kind, p.stage.tenants, endpoint] += count
    return [
        {"id": kind, "tenants": tenants, "endpoint": endpoint, "count": count,
         "sentence": f"{count} answers of {endpoint} {_WRONG[kind]} at {tenants:,} tenants."}
        for (kind, tenants, endpoint), count in sorted(counts.items()) if count
    ]  # fmt: skip


def partial(facts: JSON) -> list[JSON]:
    """What probes that ran could see only in part, and statements that tell nothing by their text."""
    gaps = {**(facts.get("gaps") or {}), **_unread((facts.get("statements") or {}).values())}
    return [{"code": code, "reason": gap["reason"], "lost": list(gap.get("lost", [])), "remedy": gap.get("remedy", "")}
            for code, gap in sorted(gaps.items())]  # fmt: skip


def _unread(statements: Collection[JSON]) -> dict[str, JSON]:
    unread = sql_text.unread(text for about in statements if (text := about.get("text")))
    if not unread:
        return {}
    reason = f"{unread} of {len(statements)} statements could not be parsed: their tables and columns are not known"
    lost = ["missing-index", "n-plus-one", "stale-statistics", "primary-reads"]
    return {"SQL-UNREAD": {"reason": reason, "lost": lost}}


def of_level(judged: JudgedLevel) -> JSON:
    """The outcome of one level in short."""
    return {
        "tenants": judged.level.tenants,
        "outcome": judged.outcome,
        "first": judged.first.id if judged.first else None,
        "knee_users": interval(judged.level.knee),
        "sentence": sentence.of_level(judged.level, judged.first, judged.outcome),
        "saturated": judged.attribution.saturated,
    }


def cost(levels: Sequence[JudgedLevel]) -> JSON | None:
    """What one request costs, at the largest level that was profiled."""
    with_profile = [judged for judged in levels if judged.level.profile]
    if not with_profile:
        return None
    last = with_profile[-1].level
    return {"tenants": last.tenants, "endpoints": service_demand.as_json(last.profile)}
