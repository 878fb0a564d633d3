"""From a recorded run to its verdict: validity, knee, ledger, blame, detectors, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from analysis import blame as blaming
from analysis import case as cases
from analysis import confirm, detectors, ledger, points, prediction, profile, sentence, validity
from analysis import thresholds as limits
from analysis.capacity import capacity, interval
from analysis.detectors._detector import Detector
from analysis.ledger import Ledger
from analysis.order import NOT_OF_LATENCY, causes, consequences, share_out
from analysis.readings import Readings
from analysis.requests import Requests, read_requests
from rampart.model import JSON, Evidence, Finding
from rampart.plugins import discover
from rampart.runs import SCHEMA, Run

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


def analyse(run: Run) -> JSON:
    """The verdict of a run as `verdict.json` holds it; it reads the folder and nothing else."""
    about, stages = run.about, run.stages()
    readings, requests = Readings(run.readings()), read_requests(run.requests(), stages)
    seen = validity.judge(points.operating_points(requests, readings), requests, readings)
    checks = validity.checks(seen, requests, readings, run.read_json("probes.json", []))
    slo = (about.get("target") or {}).get("slo") or {}
    facts = run.read_json("statements.json", {})
    levels = []
    for tenants in sorted({s.tenants for s in stages}):
        of_level = [p for p in seen if p.stage.tenants == tenants]
        demands = profile.demands(of_level, requests, readings)
        case = cases.build(tenants, of_level, demands, requests, readings, facts, slo.get("p95_ms", 500.0))
        levels.append(_confirmed(judge(case, checks), run.read_json("confirm.json")))
    return _assemble(about, levels, seen, requests, checks, slo.get("error_ratio", 0.01), facts)


def judge(case: cases.Case, checks: Sequence[validity.Check]) -> Level:
    """Name the first bottleneck of one level, or say why none is named."""
    entries = ledger.ledger(case)
    blame = blaming.blame(case, entries)
    claims = share_out(case, blame, DETECTORS)
    found = [f for name, d in DETECTORS.items() if (f := d.detect(case, blame, claims[name])) is not None]
    named = [f for f in found if f.status == "supported"]
    found = [
        replace(f, consequences=consequences(f, blame, named), evidence=(*f.evidence, *_blamed(f, case, blame)))
        for f in found
    ]
    ranked = sorted(found, key=lambda f: (f.status != "supported", -f.share, f.id))
    outcome, first, tied = _outcome(case, ranked, checks)
    return Level(case, entries, blame, ranked, outcome, first, tied)


def _confirmed(level: Level, told: JSON | None) -> Level:
    """The level with the status that an experiment gave its first bottleneck."""
    first = level.first and confirm.upgrade(level.first, told)
    return replace(level, first=first, ranked=[first if f is level.first and first else f for f in level.ranked])


def _blamed(finding: Finding, case: cases.Case, blame: blaming.Blame) -> list[Evidence]:
    """Where its share of the added latency comes from; nothing for a finding that has none."""
    tells = blame.noticeable and finding.share > 0 and case.knee.value is not None
    return [blaming.told(finding.share, blame)] if tells and finding.id not in NOT_OF_LATENCY else []


def _outcome(
    case: cases.Case, ranked: Sequence[Finding], checks: Sequence[validity.Check]
) -> tuple[str, Finding | None, list[Finding]]:
    """The outcome, the first bottleneck and those that cannot be told from it."""
    if any(check.fatal and not check.ok for check in checks) or not any(p.requests for p in case.points):
        return "invalid", None, []
    if _generator_limited(case):
        return "generator_limited", None, []
    candidates = causes([f for f in ranked if f.status == "supported" and f.limit_users is not None])
    if not candidates:
        reached = case.knee.value is not None or any(k.value is not None for k in case.queue_knees.values())
        return ("inconclusive" if reached else "not_reached"), None, []
    earliest = min(f.limit_users or 0.0 for f in candidates)
    together = [f for f in candidates if (f.limit_users or 0.0) <= 1.15 * earliest]
    first = max(together, key=lambda f: (f.share, f.id))
    tied = [f for f in together if f is not first and first.share - f.share < limits.TIE]
    return "bottleneck", first, tied


def _generator_limited(case: cases.Case) -> bool:
    """The curve bends where the generator is full: what it could not send says nothing of the target."""
    spoiled = [p for p in case.points if p.why_invalid and "generator" in p.why_invalid]
    return bool(spoiled) and case.knee.value is None


def _assemble(
    about: JSON, levels: Sequence[Level], seen: Sequence[points.Point], requests: Requests,
    checks: Sequence[validity.Check], error_ratio: float, facts: JSON,
) -> JSON:  # fmt: skip
    top = _decisive(levels)
    first = top.first if top else None
    return {
        "schema": SCHEMA,
        "outcome": top.outcome if top else "invalid",
        "sentence": _sentence(levels, top),
        "first": _finding(first, None) if first else None,
        "tied_with": [f.id for f in top.tied] if top else [],
        "ranked": [_finding(f, _why_not(f, level)) for level in levels for f in level.ranked],
        "inefficiencies": _inefficiencies(levels),
        "violations": _violations(seen, requests),
        "capacity": [capacity(level.case, error_ratio) for level in levels],
        "levels": [_level(level) for level in levels],
        "next": prediction.upcoming(top.case, top.blame, first.id, first.consequences) if top and first else [],
        "predicted": {str(level.case.tenants): prediction.predictions(level.case) for level in levels},
        "validity": {
            "ok": all(check.ok for check in checks),
            "checks": [{"name": c.name, "ok": c.ok, "claim": c.claim} for c in checks],
        },
        "gaps": [*about.get("gaps", []), *_partial(facts)],
        "points": [points.as_json(p, requests) for p in seen if p.stage.purpose != "profile"],
        "ledger": [
            {**ledger.as_json(level.case, level.entries), "blamed": _blamed_shares(level)}
            for level in levels
            if level.case.low and level.case.high
        ],
        "profile": _profile(levels),
        "run": {"outcome": about.get("outcome"), "error": about.get("error")},
    }


def _blamed_shares(level: Level) -> list[JSON]:
    """Who the ledger's milliseconds are blamed on, once waiting is passed on; what is below 2 % is left out."""
    shares = [(f.id, f.share) for f in level.ranked if f.id not in NOT_OF_LATENCY and f.share >= 0.02]
    return [{"id": name, "share": share} for name, share in sorted(shares, key=lambda one: (-one[1], one[0]))]


def _decisive(levels: Sequence[Level]) -> Level | None:
    """The level that the verdict speaks of: the largest with a bottleneck, else the largest."""
    named = [level for level in levels if level.first is not None]
    return (named or list(levels) or [None])[-1]  # type: ignore[list-item]


def _sentence(levels: Sequence[Level], top: Level | None) -> str:
    if top is None:
        return "Nothing was measured."
    said = sentence.of_level(top.case, top.first, top.outcome)
    if top.tied:
        said += f" It cannot be told apart from {' and '.join(sentence.named(f) for f in top.tied)}."
    others = [level for level in levels if level is not top and level.case.knee.value is not None]
    if others and top.first is not None:
        lowest = others[0]
        said += f" At {lowest.case.tenants:,} tenants that was {sentence.users(lowest.case.knee)}"
        said += (
            f", limited by {sentence.named(lowest.first)}." if lowest.first and lowest.first.id != top.first.id else "."
        )
    return said


def _finding(finding: Finding, why_not: str | None) -> JSON:
    row = asdict(finding)
    return {**row, "evidence": [asdict(e) for e in finding.evidence], "why_not_first": why_not}


def _why_not(finding: Finding, level: Level) -> str | None:
    """The rule that kept a finding from being first; None for the first itself."""
    first = level.first
    if finding is first:
        return None
    if first is None:
        return "no limit was reached" if level.outcome == "not_reached" else f"the outcome is {level.outcome}"
    if finding.id in first.consequences:
        return f"it is a consequence of {first.id}"
    if finding.status != "supported":
        failing = [e.claim for e in finding.evidence if not e.holds]
        return f"contradicted: {failing[0]}" if failing else f"it explains {finding.share:.0%} of the added latency"
    if finding in level.tied:
        return f"it cannot be told apart from {first.id}"
    if (finding.limit_users or 0) > 1.15 * (first.limit_users or 0):
        return f"its limit comes later, at {finding.limit_users:.0f} users"
    return f"it explains {finding.share:.0%} of the added latency, {first.id} {first.share:.0%}"


def _inefficiencies(levels: Sequence[Level]) -> list[JSON]:
    """What is wasteful although it is not the limit of its level."""
    rows = []
    for level in levels:
        taken = {level.first.id, *level.first.consequences} if level.first else set()
        for f in level.ranked:
            if f.id not in taken and f.id not in ("db-cpu", "app-cpu") and all(e.holds for e in f.evidence):
                rows.append({"id": f.id, "tenants": f.tenants, "resource": f.resource, "endpoint": f.endpoint,
                             "claim": f.evidence[0].claim if f.evidence else ""})  # fmt: skip
    return rows


def _violations(seen: Sequence[points.Point], requests: Requests) -> list[JSON]:
    counts: dict[tuple[int, str], int] = {}
    for p in seen:
        for endpoint, count in zip(
            requests.endpoints, requests.wrong_tenant[p.index] if p.requests else (), strict=False
        ):
            if count:
                key = (p.stage.tenants, endpoint)
                counts[key] = counts.get(key, 0) + int(count)
    return [
        {"id": "tenant-leak", "tenants": tenants, "endpoint": endpoint, "count": count,
         "sentence": f"{count} answers of {endpoint} belonged to another tenant at {tenants:,} tenants."}
        for (tenants, endpoint), count in sorted(counts.items())
    ]  # fmt: skip


def _partial(facts: JSON) -> list[JSON]:
    """What probes that ran could see only in part."""
    return [{"code": code, "reason": gap["reason"], "lost": list(gap.get("lost", [])), "remedy": gap.get("remedy", "")}
            for code, gap in sorted((facts.get("gaps") or {}).items())]  # fmt: skip


def _level(level: Level) -> JSON:
    return {
        "tenants": level.case.tenants,
        "outcome": level.outcome,
        "first": level.first.id if level.first else None,
        "knee_users": interval(level.case.knee),
        "sentence": sentence.of_level(level.case, level.first, level.outcome),
        "saturated": level.blame.saturated,
    }


def _profile(levels: Sequence[Level]) -> JSON | None:
    with_profile = [level for level in levels if level.case.profile]
    if not with_profile:
        return None
    last = with_profile[-1].case
    return {"tenants": last.tenants, "endpoints": profile.as_json(last.profile)}
