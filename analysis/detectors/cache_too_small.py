"""The cache is full and throws out what is still asked for: hits turn into misses, and misses into database work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from rampart.model import Evidence, Finding, Remedy

_MORE = 1.3  # calls of a statement per request, over those when the cache still held what was asked for [judged]
_SERVER = "cache"


@dataclass(frozen=True, slots=True)
class _Load:
    """Some stages: their name, their windows, their requests, and the hit ratio of their look-ups."""

    name: str
    windows: tuple[tuple[float, float], ...]
    requests: int
    ratio: float
    lookups: float


def _claim(case: Case, statement: str) -> Sequence[Evidence] | None:
    """A statement that is sent more often per request than when the cache hit."""
    before, now = _compared(case)
    if before is None or now is None or not all(e.holds for e in _full(case)) or not _fallen(before, now).holds:
        return None
    was, is_now = (_calls(case, statement, load) for load in (before, now))
    if is_now <= 0 or is_now < _MORE * was:
        return None
    return [
        Evidence(
            f"one request sends {was:.2g} → {is_now:.2g} of: {case.statement(statement)[:160]}",
            is_now / was if was > 0 else is_now,
            f">= {_MORE:g} times as many as {before.name}",
            "readings-statements db.statement.calls",
        )
    ]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    full = _full(case)
    before, now = _compared(case)
    if now is None or not full or not all(e.holds for e in full):
        return None
    worst = max(claims, key=lambda s: blame.statements.get(s, 0.0), default=None)
    evidence = [*full, *([_fallen(before, now)] if before is not None else [])]
    evidence += claims[worst] if worst is not None else ()
    remedy = Remedy(
        "Give every key a time to live, store less per key and nothing that is not read again; then size the memory by "
        "tenants: bytes per tenant times the tenants to come."
    )
    share = blame.share(sum(blame.statements.get(s, 0.0) for s in claims))
    return supported(
        "cache-too-small", "cache", case, share, evidence, remedy, resource="memory of the cache server",
        endpoint=case.endpoint_of(worst) if worst is not None else None,
    )  # fmt: skip


def _full(case: Case) -> list[Evidence]:
    """That the memory is used up and keys are thrown out for it; empty where there is no limit or no reading."""
    tops = [case.readings.highest("redis.used_bytes", *p.window, server=_SERVER) for p in case.high]
    limit = [case.readings.highest("redis.max_bytes", *p.window, server=_SERVER) for p in case.high]
    evicted = case.total("redis.evicted", case.high, server=_SERVER)
    used, most = max((t or 0.0 for t in tops), default=0.0), max((m or 0.0 for m in limit), default=0.0)
    if not most or evicted is None:
        return []
    return [
        Evidence(
            f"the cache uses {used / 1e6:,.3g} of its {most / 1e6:,.3g} MB",
            used / most,
            f">= {limits.CACHE_FULL:.0%}",
            "readings-redis redis.used_bytes / redis.max_bytes",
            holds=used >= limits.CACHE_FULL * most,
        ),
        Evidence(
            f"it throws out {evicted / max(case.seconds[1], 1e-9):,.3g} keys a second at the knee",
            evicted,
            "> 0",
            "readings-redis redis.evicted",
            holds=evicted > 0,
        ),
    ]


def _compared(case: Case) -> tuple[_Load | None, _Load | None]:
    """The best load before, of this level or of a smaller one, and the high stages; None: too few look-ups."""
    low = [(p.window, p.requests) for p in case.low]
    loads = [_load(case, "at low load", low)]
    stages = list(enumerate(case.requests.stages))
    for tenants in sorted({s.tenants for _, s in stages if s.tenants < case.tenants}):
        rows = [
            ((s.steady_at, s.ended_at), int(case.requests.count[i].sum()))
            for i, s in stages
            if s.tenants == tenants and s.purpose != "profile"
        ]
        loads.append(_load(case, f"at {tenants:,} tenants", rows))
    known = [load for load in loads if load is not None]
    best = max(known, key=lambda load: load.ratio, default=None)
    return best, _load(case, "at the knee", [(p.window, p.requests) for p in case.high])


def _load(case: Case, name: str, rows: Sequence[tuple[tuple[float, float], int]]) -> _Load | None:
    windows = tuple(window for window, _ in rows)
    hits, misses = (
        sum(case.readings.increase(f"redis.{kind}", *window, server=_SERVER) or 0.0 for window in windows)
        for kind in ("hits", "misses")
    )
    if hits + misses < limits.LOOKUPS:
        return None
    return _Load(name, windows, sum(count for _, count in rows), hits / (hits + misses), hits + misses)


def _calls(case: Case, statement: str, load: _Load) -> float:
    """Calls of a statement per request."""
    gains = (
        case.readings.increase("db.statement.calls", *window, statement=statement) or 0.0 for window in load.windows
    )
    return sum(gains) / max(load.requests, 1)


def _fallen(before: _Load, now: _Load) -> Evidence:
    noise = sum(load.ratio * (1 - load.ratio) / load.lookups for load in (before, now)) ** 0.5
    return Evidence(
        f"{now.ratio:.0%} of the look-ups hit at the knee, {before.ratio:.0%} {before.name}",
        before.ratio - now.ratio,
        f">= {100 * limits.HIT_DROP:.0f} points less",
        "readings-redis redis.hits, redis.misses",
        holds=before.ratio - now.ratio >= max(limits.HIT_DROP, 2 * noise),
    )


DETECTOR = Detector("cache-too-small", "cache", "The cache evicts what is still asked for.", _detect, _claim)
