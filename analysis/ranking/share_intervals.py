"""The ledger as the verdict shows it, each share with its interval, and the interval of a finding's share.

A finding's share is a sum of blamed parts. How much of each part it counts is read off its detector by moving that part
a little, which costs a few calls instead of one for each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.attribution.attribute import Attribution
from analysis.attribution.bootstrap import interval
from analysis.attribution.latency_ledger import OUTSIDE_WORK, Ledger
from analysis.detectors._detector import Claims, Detector
from analysis.level.level_data import LevelData
from rampart.finding import Finding
from rampart.latency import AddedLatency, BlamedShare, ComparedStages, LatencyPart

_MOVED = 0.001  # of what was added: small enough to stay this side of any min or max in a detector
_SAID = {
    "mail": "sending mail inside the request",
    "downstream": "outside services",
    "cache": "the cache server",
    "queue": "putting jobs on the queue",
    "pooler": "waiting in the pooler before the database",
    "outside": "outside services, by the connections that await an answer",
}
UNMEASURED = "unmeasured"  # before waiting is passed on; what stays unexplained then is another number
Part = tuple[str, str]  # a kind of part, and which one of it


def added_latency(
    level: LevelData, entries: Ledger, draws: Sequence[Ledger], blamed: Sequence[BlamedShare]
) -> AddedLatency:
    """The ledger with intervals from its draws, largest part first, what nothing measures last."""
    found = sorted(_parts(entries).items(), key=lambda part: -part[1])
    shown = [(part, ms) for part, ms in found if abs(ms) > 0.01 * abs(entries.added)][:8]
    again = [_parts(one) for one in draws]
    rows = [_row(level, part, ms, entries, [o.get(part, 0.0) for o in again], draws) for part, ms in shown]
    rest = entries.added - sum(ms for _, ms in shown)
    rests = [one.added - sum(o.get(part, 0.0) for part, _ in shown) for one, o in zip(draws, again, strict=True)]
    low, high = _between([one.added for one in draws])
    return AddedLatency(
        tenants=level.tenants,
        low_users=max((p.users for p in level.low), default=None),
        knee_users=max((p.users for p in level.high), default=None),
        added_ms=entries.added,
        added_ms_low=low,
        added_ms_high=high,
        parts=(*rows, _row(level, (UNMEASURED, UNMEASURED), rest, entries, rests, draws)),
        by_endpoint=entries.by_endpoint,
        stages=ComparedStages(tuple(p.stage.index for p in level.low), tuple(p.stage.index for p in level.high)),
        draws=len(draws),
        blamed=tuple(blamed),
    )


def _parts(entries: Ledger) -> dict[Part, float]:
    parts: dict[Part, float] = {("db", statement): ms for statement, ms in entries.statements.items()}
    parts |= {(name, name): ms for name, ms in entries.outside_work.items()}
    named = {"pool": entries.pool, "app": entries.app, "accept": entries.before_app}
    return parts | {(name, name): ms for name, ms in named.items()}


def _row(
    level: LevelData, part: Part, ms: float, entries: Ledger, again: Sequence[float], draws: Sequence[Ledger]
) -> LatencyPart:
    shares = [other / one.added for other, one in zip(again, draws, strict=True) if one.added > 0]
    (ms_low, ms_high), (share_low, share_high) = _between(again), _between(shares)
    return LatencyPart(
        what=_what(level, part),
        resource=part[0],
        ms=ms,
        share=ms / entries.added if entries.added else 0.0,
        ms_low=ms_low,
        ms_high=ms_high,
        share_low=share_low,
        share_high=share_high,
    )


def _what(level: LevelData, part: Part) -> str:
    kind, which = part
    others = {
        "db": "database: " + level.statement(which)[:120],
        "pool": "waiting for a connection of the pool",
        "app": "the application itself",
        "accept": "before the application (accept queue)",
        UNMEASURED: "in no part that is measured",
    }
    return _SAID.get(kind) or others.get(kind) or kind


def _between(values: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """The interval; None without draws."""
    return interval(values) if values else (None, None)


def of_finding(
    finding: Finding,
    detector: Detector,
    level: LevelData,
    attribution: Attribution,
    claims: Claims,
    draws: Sequence[Attribution],
) -> tuple[float, float] | None:
    """The 95 % interval of a finding's share of the added latency; None where it has none."""
    if finding.share <= 0 or not attribution.noticeable or not draws:
        return None
    moved = _MOVED * attribution.added
    weights: list[float] = []
    for part in range(len(_blamed(attribution, claims))):
        other = _with_more(attribution, claims, part, moved)
        again = detector.detect(level, other, claims) if other else None
        weights.append(
            (again.share * other.added - finding.share * attribution.added) / moved if other and again else 0.0
        )
    shares = [
        sum(w * ms for w, ms in zip(weights, _blamed(one, claims), strict=True)) / one.added
        for one in draws
        if one.added > 0
    ]
    low, high = interval([min(max(share, 0.0), 1.0) for share in shares]) if shares else (finding.share, finding.share)
    return min(low, finding.share), max(high, finding.share)


_SPANS = OUTSIDE_WORK


def _blamed(attribution: Attribution, claims: Claims) -> list[float]:
    """What may make up a finding's share, ms: the statements that it was given, each span, pool, application, rest."""
    claimed = sum(attribution.statements.get(s, 0.0) for s in claims)
    return [
        claimed,
        *(attribution.spans.get(name, 0.0) for name in _SPANS),
        attribution.pool,
        attribution.app,
        attribution.unexplained,
    ]


def _with_more(attribution: Attribution, claims: Claims, part: int, moved: float) -> Attribution | None:
    """The blame with one part larger; None where there is nothing of it to make larger."""
    if _blamed(attribution, claims)[part] <= 0:
        return None
    added = attribution.added + moved
    if part == 0:
        largest = max(claims, key=lambda s: (attribution.statements.get(s, 0.0), s))
        return replace(
            attribution,
            added=added,
            statements={**attribution.statements, largest: attribution.statements[largest] + moved},
        )
    if part <= len(_SPANS):
        name = _SPANS[part - 1]
        return replace(attribution, added=added, spans={**attribution.spans, name: attribution.spans[name] + moved})
    field = ("pool", "app", "unexplained")[part - 1 - len(_SPANS)]
    return replace(attribution, added=added, **{field: getattr(attribution, field) + moved})
