"""A cached answer expires, and everybody who asks for it at that moment computes it again, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._relief import not_sent
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.record.readings import Floats
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

BURST = Threshold(
    "BURST", 5.0, "times the median, of a second's misses and of the sessions in one statement",
    "judged: a burst looks like this (docs/sources.md#cache-stampedes), how much of one is our choice",
)  # fmt: skip
BURST_SESSIONS = Threshold(
    "BURST_SESSIONS", 5, "sessions, and misses in a second",
    "judged: fewer are chance, and small pools cannot hold many more",
)  # fmt: skip
APART_S = Threshold(
    "APART_S", 2.0, "s between two bursts", "derived: nearer to each other than two readings they are one"
)
WITHIN_S = Threshold(
    "WITHIN_S", 1.5, "s between misses and sessions",
    "derived: both are looked at once a second, not at the same instant",
)  # fmt: skip


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A statement that many sessions run at once in the seconds in which the cache misses, and few in others."""
    bursts, misses = _miss_bursts(level)
    at, sessions = _sessions(level, statement)
    if len(bursts) < 2 or not len(at):
        return None
    usual = _usual(level, at, sessions)
    crowded = at[sessions >= max(BURST * usual, BURST_SESSIONS)]
    both = np.array([len(crowded) > 0 and np.abs(crowded - t).min() <= WITHIN_S for t in bursts], bool)
    # By misses: a small burst is over before anybody looks at the sessions.
    if both.sum() < 2 or misses[both].sum() < 0.5 * misses.sum():
        return None
    return [
        Evidence(
            f"{both.sum()} times within the ramp the misses of a second were {BURST:g} times the median and "
            f"up to {sessions.max():.0f} sessions ran this at once, {usual:.2g} at other times: "
            f"{level.statement(statement)[:140]}",
            float(both.sum()),
            f">= 2 bursts of at least {BURST_SESSIONS:.0f} sessions and misses, {BURST:g} times the median",
            "readings-redis redis.misses, readings-sessions db.active",
        )
    ]


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0))
    evidence = [*claims[worst], *_apart(level)]
    remedy = Remedy(
        "Let one request compute an expired answer while the others wait for it or get the old one (a lock per key, "
        "stale-while-revalidate, or renewal shortly before the end), and spread times to live by a tenth or two."
    )
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    return supported(
        "cache-stampede", "cache", level, share, evidence, remedy,
        resource=level.statement(worst)[:120], endpoint=level.endpoint_of(worst),
    )  # fmt: skip


def _apart(level: LevelData) -> list[Evidence]:
    """How far the bursts of a stage are apart; nothing where no stage saw two."""
    bursts, _ = _miss_bursts(level)
    gaps = [gap for p in level.points for gap in np.diff(bursts[(bursts >= p.window[0]) & (bursts <= p.window[1])])]
    if not gaps:
        return []
    return [
        Evidence(
            f"the bursts are {np.median(gaps):.1f} s apart (median)",
            float(np.median(gaps)),
            "the time to live of a popular key",
            "readings-redis redis.misses",
        )
    ]


def _usual(level: LevelData, at: Floats, sessions: Floats) -> float:
    """The median number of sessions; that of the low loads where it is less, for one crowd may last until the next."""
    low = np.array([any(p.window[0] <= t <= p.window[1] for p in level.low) for t in at], bool)
    medians = [float(np.median(some)) for some in (sessions, sessions[low]) if len(some)]
    return min(medians)


def _miss_bursts(level: LevelData) -> tuple[Floats, Floats]:
    """When the cache missed far more often than is usual at that load, one instant a burst, and how often in it."""
    high: list[tuple[float, float]] = []
    for series in level.readings.of(metrics.REDIS_MISSES, server="cache"):
        for point in level.points:
            inside = (series.at >= point.window[0]) & (series.at <= point.window[1])
            at, misses = series.at[inside][1:], np.diff(series.value[inside])
            if len(misses) >= 4:
                some = misses >= max(BURST * float(np.median(misses)), BURST_SESSIONS)
                high += zip(at[some].tolist(), misses[some].tolist(), strict=True)
    bursts: list[tuple[float, float]] = []
    for t, count in sorted(high):  # points are in the order of their users, which is not that of time
        if bursts and t - bursts[-1][0] <= APART_S:
            bursts[-1] = (bursts[-1][0], bursts[-1][1] + count)
        else:
            bursts.append((t, count))
    return np.array([t for t, _ in bursts]), np.array([n for _, n in bursts])


def _sessions(level: LevelData, statement: str) -> tuple[Floats, Floats]:
    """Sessions that run a statement, at each instant of the level's stages at which sessions were looked at."""
    looked = level.readings.of(metrics.DB_CONNECTIONS_USED) or level.readings.of(metrics.DB_ACTIVE)
    instants = np.unique(np.concatenate([s.at for s in looked])) if looked else np.zeros(0)
    inside = [t for t in instants.tolist() if any(p.window[0] <= t <= p.window[1] for p in level.points)]
    count = dict.fromkeys(inside, 0.0)
    for series in level.readings.of(metrics.DB_ACTIVE, statement=statement, state="active"):
        for t, value in zip(series.at.tolist(), series.value.tolist(), strict=True):
            if t in count:
                count[t] += value
    return np.array(list(count)), np.array(list(count.values()))


DETECTOR = Detector(
    "cache-stampede", "cache", "An expired answer is computed many times at once.", _detect, _claim,
    thresholds=(BURST, BURST_SESSIONS, APART_S, WITHIN_S),
    relief=not_sent(resources.UNSEEN),
    headline="a stampede on the cache",
    claims_after=("n-plus-one",),
    signs=(Sign("statement", metrics.STATEMENT_CALLS, "executions of what was computed many times at once"),),
    awaited="database",
    seldom_s=24.0,  # a crowd every few seconds: a stage with two or three differs by half from the next
)  # fmt: skip
