"""How far the ledger can be trusted: the same ledger again, from windows drawn anew and loads that drift.

Windows of a stage are drawn with replacement, for what happened to be measured. No window shows what a whole stage had
in common (another minute, another plan, a neighbour), so each part of a load also drifts: by what the knee's fit found
of stage-to-stage drift, and all parts together by more where requests queue, since in a closed system
`R + Z = N / X` a throughput that is 1 % off moves the latency by (R + Z) / R percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis import thresholds
from analysis.attribution import latency_ledger as ledgers
from analysis.attribution.latency_ledger import Ledger, LoadMeans
from analysis.attribution.wait_routing import WaitRouting
from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart.tables import SPANS

Floats = NDArray[np.float64]

SEED = 20_260  # the same run gives the same intervals, byte for byte
DRAWS = 400
_AMPLIFIED = 3.0  # at most: far below the knee (R + Z) / R is large, and there nothing queues


def replicates(level: LevelData, draws: int = DRAWS) -> list[Ledger]:
    """`draws` ledgers of a level as it might have been measured; none where a load has no stage."""
    if not level.low or not level.high or not level.requests.endpoints:
        return []
    rng = np.random.default_rng([SEED, level.tenants])
    sent, (low, high) = ledgers.published(level), ledgers.loads(level)
    lows = _drawn(level, level.low, low, sent, 1.0, rng, draws)
    highs = _drawn(level, level.high, high, sent, _amplification(level.high), rng, draws)
    return [_between(a, b, sent) for a, b in zip(lows, highs, strict=True)]


def _between(low: LoadMeans, high: LoadMeans, sent: set[str]) -> Ledger:
    change = {name: high.means[name] - low.means[name] for name in high.means}
    return ledgers.entries(change, high.pool - low.pool, (low.executed, high.executed), sent, {})


def passed_on_again(held: WaitRouting, draws: int) -> list[WaitRouting]:
    """What decides about waiting, `draws` times: processor time and demands drift as well."""
    rng = np.random.default_rng([SEED, draws])
    found = []
    for _ in range(draws):
        drifted = _off_together(held.users, 1.0, thresholds.DRIFT, rng)
        total = sum(drifted.values())
        users = {name: share / total for name, share in drifted.items()}
        found.append(replace(held, users=users, demand=_off_together(held.demand, 1.0, thresholds.DRIFT, rng)))
    return found


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The central 95 % of some draws."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _drawn(
    level: LevelData, points: Sequence[Point], load: LoadMeans, sent: set[str], amplified: float,
    rng: np.random.Generator, draws: int,
) -> list[LoadMeans]:  # fmt: skip
    """One load, `draws` times: windows anew, then drift."""
    sums = _resampled(level, points, rng, draws)
    weight = np.array([p.mean_ms * p.requests for p in points])
    alone = float(np.sqrt((weight**2).sum()) / weight.sum()) if weight.sum() > 0 else 1.0  # 1 / sqrt(stages alike)
    drift = max(level.knee.drift or 0.0, thresholds.DRIFT) * alone
    return [_drifting(_with_means(load, row, sent), sent, drift, amplified, rng) for row in sums]


def _resampled(level: LevelData, points: Sequence[Point], rng: np.random.Generator, draws: int) -> Floats:
    """Mix-weighted mean ms per request of the latency and of each span, shape (draws, 1 + spans)."""
    index = [p.index for p in points]
    counts = level.requests.window_count[index].astype(np.float64)  # (S, E, W)
    sums = level.requests.window_ms[index]  # (S, E, W, 1 + spans)
    windows = counts.shape[2]
    picked = rng.multinomial(windows, np.full(windows, 1 / windows), size=(draws, len(index))).astype(np.float64)
    requests = np.einsum("bsw,sew->be", picked, counts)[..., None]
    total = np.einsum("bsw,sewp->bep", picked, sums)
    usual = sums.sum((0, 2)) / np.maximum(counts.sum((0, 2)), 1)[:, None]
    mean = np.where(requests > 0, total / np.maximum(requests, 1), usual)
    found: Floats = np.einsum("bep,e->bp", mean, ledgers.mix(level))
    return found


def _with_means(load: LoadMeans, row: Floats, sent: set[str]) -> LoadMeans:
    means = {**load.means, **dict(zip(("latency", *SPANS), row.tolist(), strict=True))}
    return LoadMeans(means, load.executed, means["pool"] if "pool" in sent else load.pool)


def _drifting(load: LoadMeans, sent: set[str], drift: float, amplified: float, rng: np.random.Generator) -> LoadMeans:
    """Every part of a load off by a factor of its own, and all of them by one; parts still sum up to the latency."""
    together = float(np.exp(drift * amplified * rng.standard_normal()))

    def off(milliseconds: float) -> float:
        return milliseconds * together * float(np.exp(drift * rng.standard_normal()))

    executed = _off_together(load.executed, together, drift, rng)
    outside = {name: off(load.means[name]) for name in ledgers.OUTSIDE_WORK if name in sent}
    known = sum(load.executed.values()) + load.pool + sum(load.means[name] for name in outside)
    pool = off(load.pool)
    means = {**load.means, **outside, "pool": pool}
    moved = sum(executed.values()) + pool + sum(outside.values())
    if "total" in sent:
        means["total"] = moved + off(load.means["total"] - known)
        means["latency"] = means["total"] + off(load.means["latency"] - load.means["total"])
    else:
        render = load.means["render"] if "render" in sent else 0.0
        means["render"] = off(render)
        means["latency"] = moved + means["render"] + off(load.means["latency"] - known - render)
    return LoadMeans(means, executed, pool)


def _off_together(
    executed: Mapping[str, float], together: float, drift: float, rng: np.random.Generator
) -> dict[str, float]:
    factors = together * np.exp(drift * rng.standard_normal(len(executed)))
    return {statement: ms * float(f) for (statement, ms), f in zip(executed.items(), factors, strict=True)}


def _amplification(points: Sequence[Point]) -> float:
    """(R + Z) / R of a load, between 1 and `_AMPLIFIED`."""
    requests = sum(p.requests for p in points)
    inside = sum(p.mean_ms / 1000 * p.requests for p in points)
    cycle = sum(p.users * p.seconds for p in points)
    return float(np.clip(cycle / inside if requests and inside > 0 else 1.0, 1.0, _AMPLIFIED))
