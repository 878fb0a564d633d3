"""The cache is full and throws out what is still asked for: hits turn into misses, and misses into database work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.server import Relief, part_of
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy

CACHE_FULL = Threshold(
    "CACHE_FULL", 0.9, "of its memory limit",
    "the alert on the memory of a Redis (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip
HIT_DROP = Threshold(
    "HIT_DROP", 0.15, "of all look-ups, by which the hit ratio falls at the same mix",
    "judged: and twice its standard error at least",
)  # fmt: skip
LOOKUPS = Threshold("LOOKUPS", 60, "look-ups", "judged: a hit ratio of fewer says nothing")
MORE = Threshold(
    "MORE", 1.3, "times the calls of a statement per request",
    "judged: against those when the cache still held what was asked for",
)  # fmt: skip

_SERVER = "cache"


@dataclass(frozen=True, slots=True)
class _CacheLoad:
    """Some stages: their name, their windows, their requests, and the hit ratio of their look-ups."""

    name: str
    windows: tuple[tuple[float, float], ...]
    requests: int
    ratio: float
    lookups: float


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A statement that is sent more often per request than when the cache hit."""
    before, now = _compared(level)
    if before is None or now is None or not all(e.holds for e in _full(level)) or not _fallen(before, now).holds:
        return None
    was, is_now = (_calls(level, statement, load) for load in (before, now))
    if is_now <= 0 or is_now < MORE * was:
        return None
    return [
        Evidence(
            f"one request sends {was:.2g} → {is_now:.2g} of: {level.statement(statement)[:160]}",
            is_now / was if was > 0 else is_now,
            f">= {MORE:g} times as many as {before.name}",
            "readings-statements db.statement.calls",
        )
    ]


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    full = _full(level)
    before, now = _compared(level)
    if now is None or not full or not all(e.holds for e in full):
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0), default=None)
    evidence = [*full, *([_fallen(before, now)] if before is not None else [])]
    evidence += claims[worst] if worst is not None else ()
    remedy = Remedy(
        "Give every key a time to live, store less per key and nothing that is not read again; then size the memory by "
        "tenants: bytes per tenant times the tenants to come."
    )
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    return supported(
        "cache-too-small", "cache", level, share, evidence, remedy, resource="memory of the cache server",
        endpoint=level.endpoint_of(worst) if worst is not None else None,
    )  # fmt: skip


def _full(level: LevelData) -> list[Evidence]:
    """That the memory is used up and keys are thrown out for it; empty where there is no limit or no reading."""
    tops = [level.readings.highest(metrics.REDIS_USED_BYTES, *p.window, server=_SERVER) for p in level.high]
    limit = [level.readings.highest(metrics.REDIS_MAX_BYTES, *p.window, server=_SERVER) for p in level.high]
    evicted = level.total(metrics.REDIS_EVICTED, level.high, server=_SERVER)
    used, most = max((t or 0.0 for t in tops), default=0.0), max((m or 0.0 for m in limit), default=0.0)
    if not most or evicted is None:
        return []
    return [
        Evidence(
            f"the cache uses {used / 1e6:,.3g} of its {most / 1e6:,.3g} MB",
            used / most,
            f">= {CACHE_FULL:.0%}",
            "readings-redis redis.used_bytes / redis.max_bytes",
            holds=used >= CACHE_FULL * most,
        ),
        Evidence(
            f"it throws out {evicted / max(level.seconds[1], 1e-9):,.3g} keys a second at the knee",
            evicted,
            "> 0",
            "readings-redis redis.evicted",
            holds=evicted > 0,
        ),
    ]


def _compared(level: LevelData) -> tuple[_CacheLoad | None, _CacheLoad | None]:
    """The best load before, of this level or of a smaller one, and the high stages; None: too few look-ups."""
    low = [(p.window, p.requests) for p in level.low]
    loads = [_load(level, "at low load", low)]
    stages = list(enumerate(level.requests.stages))
    for tenants in sorted({s.tenants for _, s in stages if s.tenants < level.tenants}):
        rows = [
            ((s.steady_at, s.ended_at), int(level.requests.count[i].sum()))
            for i, s in stages
            if s.tenants == tenants and s.purpose != "profile"
        ]
        loads.append(_load(level, f"at {tenants:,} tenants", rows))
    known = [load for load in loads if load is not None]
    best = max(known, key=lambda load: load.ratio, default=None)
    return best, _load(level, "at the knee", [(p.window, p.requests) for p in level.high])


def _load(level: LevelData, name: str, rows: Sequence[tuple[tuple[float, float], int]]) -> _CacheLoad | None:
    windows = tuple(window for window, _ in rows)
    hits, misses = (
        sum(level.readings.increase(metric, *window, server=_SERVER) or 0.0 for window in windows)
        for metric in (metrics.REDIS_HITS, metrics.REDIS_MISSES)
    )
    if hits + misses < LOOKUPS:
        return None
    return _CacheLoad(name, windows, sum(count for _, count in rows), hits / (hits + misses), hits + misses)


def _calls(level: LevelData, statement: str, load: _CacheLoad) -> float:
    """Calls of a statement per request."""
    gains = (
        level.readings.increase(metrics.STATEMENT_CALLS, *window, statement=statement) or 0.0 for window in load.windows
    )
    return sum(gains) / max(load.requests, 1)


def _fallen(before: _CacheLoad, now: _CacheLoad) -> Evidence:
    noise = sum(load.ratio * (1 - load.ratio) / load.lookups for load in (before, now)) ** 0.5
    return Evidence(
        f"{now.ratio:.0%} of the look-ups hit at the knee, {before.ratio:.0%} {before.name}",
        before.ratio - now.ratio,
        f">= {100 * HIT_DROP:.0f} points less",
        "readings-redis redis.hits, redis.misses",
        holds=before.ratio - now.ratio >= max(HIT_DROP, 2 * noise),
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """The statements are sent as often as when the cache still held what was asked for."""
    before, now = _compared(level)
    if before is None or now is None:
        return Relief()
    sent = {s: (_calls(level, s, before), _calls(level, s, now)) for s in claims}
    return Relief({part_of(s): max(1 - was / is_now, 0.0) for s, (was, is_now) in sent.items() if is_now > 0})


DETECTOR = Detector(
    "cache-too-small", "cache", "The cache evicts what is still asked for.", _detect, _claim,
    thresholds=(CACHE_FULL, HIT_DROP, LOOKUPS, MORE),
    relief=_relief,
    headline="a cache that is too small",
    claims_after=("cache-stampede",),
    signs=(Sign("per request", metrics.REDIS_EVICTED, "evictions", labels={"server": "cache"}),),
    awaited="cache",
)  # fmt: skip
