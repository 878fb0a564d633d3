"""The next tenant level before its data is seeded: where the knee will be, and what will be first.

Each statement's demand is projected by its own growth, the database's part of every resource with it; the resources'
limits follow from the utilisation law, and the smallest is the knee. Draws carry everything that is not known. They are
weighed by how well they explain the knee that the last level showed, so that a limit which was measured is known better
than one which was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis import thresholds
from analysis.detectors import missing_index
from analysis.detectors._found import general
from analysis.detectors.missing_index import SCAN_ROWS
from analysis.forecast import elasticity
from analysis.forecast.elasticity import Cost
from analysis.forecast.utilisation_law import DRAWS, Limit, below_the_knee, drawn
from analysis.forecast.utilisation_law import limits as limits_of
from analysis.network.server import APP, STATEMENT
from analysis.ranking.claims import share_out
from analysis.ranking.judge import DETECTORS, JudgedLevel
from rampart import metrics, resources
from rampart.finding import Interval
from rampart.prediction import Forecast, PredictedLimit
from rampart.verdict import UNTRUSTED

Floats = NDArray[np.float64]

WANTS_INDEX = missing_index.DETECTOR.name  # what a scan that becomes long enough is
BETWEEN = 0.15  # standard deviation of ln(knee) between runs of one system. Measured: 8 pairs of the lab
RIVAL = 0.2  # a finding at least this probable is named beside the likeliest
_OF_DATABASE = (resources.POOL, resources.HOST_CPU)  # resources that a statement's execution takes up


@dataclass(frozen=True, slots=True)
class _Future:
    """Draws at the level that is forecast: each resource's limit in users, and the milliseconds of each cause."""

    found: list[Limit]
    users: Floats  # (limits, DRAWS)
    causes: dict[str, Floats]  # ms of the database per request, by finding
    held_ms: Floats  # of a pool's connections
    app_ms: float  # processor time of the application per request


def forecast(seen: Sequence[JudgedLevel], tenants: int) -> Forecast | None:
    """The forecast for `tenants` from the levels seen, rising; None where none of them can be trusted."""
    usable = [judged for judged in seen if judged.outcome not in UNTRUSTED]
    if not usable or usable[-1].level.tenants < 1:
        return None
    last, rng = usable[-1], np.random.default_rng(0)
    found = _limits(last)
    if not found:
        return None
    now = drawn(found, rng)
    weight = _weight(last, now.min(0))
    future = _project(usable, found, now, tenants, rng)
    knee = future.users.min(0) * np.exp(BETWEEN * rng.normal(size=DRAWS))
    named = _named(last, future, weight)
    low, middle, high = _quantiles(knee, weight, (0.025, 0.5, 0.975))
    rows = {name: round(p, 2) for name, p in named.items() if p >= RIVAL}
    first = next(iter(named))
    scan = _largest_scan(usable, tenants) if first == WANTS_INDEX else None
    return Forecast(
        tenants=tenants,
        made_from=tuple(judged.level.tenants for judged in usable),
        knee_users=Interval(middle, low, high),
        first=first,
        probability=round(named[first], 2),
        rivals={name: p for name, p in rows.items() if name != first},
        resource=scan,
        limits=tuple(_rows(future, weight)),
        assumed=_assumed(usable),
    )


def _limits(judged: JudgedLevel) -> list[Limit]:
    """The level's limits; one that no resource stands for (a relay, a lock) is known by the knee it made."""
    found, first, knee = limits_of(judged.level), judged.first, reached(judged)
    if first is None or knee is None:
        return found
    explained = {limit.resource for limit in found} & set(judged.attribution.saturated)
    if explained or first.id in {limit.id for limit in found}:
        return found
    rate = np.mean([p.throughput_rps / p.users for p in judged.level.low if p.users] or [1.0])
    return [*found, Limit(first.id, first.resource, knee * float(rate), knee, 0.05)]


def reached(judged: JudgedLevel) -> float | None:
    """The load in users at which the first limit of a level showed: its knee, or a queue's that falls behind before."""
    first = judged.first
    return first.limit_users if first is not None and first.limit_users is not None else judged.level.knee.value


def _weight(judged: JudgedLevel, earliest: Floats) -> Floats:
    """How well each draw explains what the level showed: its knee, or beside which of its stages that must lie."""
    knee, at = judged.level.knee, reached(judged)
    top = max((p.users for p in below_the_knee(judged.level)), default=1)
    if at is not None:
        wide = np.log((knee.high or at) / (knee.low or at)) / 4 if at == knee.value else BETWEEN
        weight = np.exp(-0.5 * (np.log(earliest / at) / np.hypot(wide, 0.05)) ** 2)
    elif knee.below is not None:
        weight = ndtr(np.log(knee.below / earliest) / BETWEEN)
    else:
        weight = ndtr(np.log(earliest / top) / BETWEEN)
    # Where no draw explains it, the limits were not what made the knee, and the draws are all that is left.
    effective = weight.sum() ** 2 / max((weight**2).sum(), 1e-300)
    return np.asarray(weight if effective > 20 else np.ones(DRAWS), dtype=np.float64)


def _project(
    usable: Sequence[JudgedLevel], found: list[Limit], now: Floats, tenants: int, rng: np.random.Generator
) -> _Future:
    last = usable[-1].level
    by_level = [(judged.level.tenants, elasticity.costs(judged.level)) for judged in usable]
    claimed = _claimed(usable[-1])
    causes: dict[str, Floats] = {}
    added = np.zeros(DRAWS)
    for statement, cost in sorted(by_level[-1][1].items()):
        grown = cost.ms * elasticity.growth(_history(by_level, statement), tenants, rng)
        added += grown - cost.ms
        name = _cause(cost, tenants / last.tenants, claimed.get(statement))
        causes[name] = causes.get(name, np.zeros(DRAWS)) + grown
    cycle_ms = _cycle_ms(usable[-1])
    users = np.array([
        row * (1 + added / cycle_ms) / _factor(usable, limit, added, tenants, rng)
        for limit, row in zip(found, now, strict=True)
    ])  # fmt: skip
    held = last.total(metrics.POOL_USAGE_MS, last.low) or 0.0
    app = sum(p.utilisation.get(resources.APP_CPU, 0.0) * p.seconds * _cores(usable[-1]) * 1000 for p in last.low)
    requests = max(sum(p.requests for p in last.low), 1)
    return _Future(found, np.maximum(users, 0.1), causes, held / requests + added, app / requests)


def _history(by_level: Sequence[tuple[int, dict[str, Cost]]], statement: str) -> list[tuple[int, Cost]]:
    return [(tenants, costs[statement]) for tenants, costs in by_level if statement in costs]


def _claimed(judged: JudgedLevel) -> dict[str, str]:
    """The finding that each statement is given to at this level."""
    given = share_out(judged.level, judged.attribution, DETECTORS)
    return {statement: name for name, claims in given.items() for statement in claims}


def _cause(cost: Cost, ratio: float, claimed: str | None) -> str:
    """The finding that a statement would get: a scan that becomes long enough wants an index, unless one so long
    already was looked at and given to something else."""
    if cost.rows and cost.rows * ratio >= SCAN_ROWS and (cost.rows < SCAN_ROWS or claimed is None):
        return WANTS_INDEX
    return claimed or general(STATEMENT)


def _cycle_ms(judged: JudgedLevel) -> float:
    """A user's thinking and waiting between two requests while nobody queues."""
    points = below_the_knee(judged.level)
    return 1000 * sum(p.users * p.seconds for p in points) / max(sum(p.requests for p in points), 1)


def _cores(judged: JudgedLevel) -> float:
    start, end = judged.level.points[0].window[0], judged.level.points[-1].window[1]
    return judged.level.readings.mean(metrics.HOST_CORES, min(start, end), max(start, end)) or 1.0


def _factor(
    usable: Sequence[JudgedLevel], limit: Limit, added_ms: Floats, tenants: int, rng: np.random.Generator
) -> Floats:
    """Draws of a resource's demand at `tenants` over that of the last level."""
    if limit.resource not in _OF_DATABASE:
        points = [
            (judged.level.tenants, float(-np.log(seen.rps)))
            for judged in usable
            for seen in limits_of(judged.level)
            if seen.resource == limit.resource
        ]
        slope = elasticity.slopes(points, elasticity.LEVEL_SPREAD, rng)
        return np.asarray((tenants / usable[-1].level.tenants) ** slope, dtype=np.float64)
    there = _cores(usable[-1]) if limit.resource == resources.HOST_CPU else _pool_size(usable[-1])
    return np.asarray(np.maximum(1 + added_ms / 1000 * limit.rps / there, 0.05), dtype=np.float64)


def _pool_size(judged: JudgedLevel) -> float:
    windows = [p.window for p in judged.level.low]
    return (judged.level.readings.mean(metrics.POOL_LIMIT, *windows[-1]) if windows else None) or 1.0


def _named(judged: JudgedLevel, future: _Future, weight: Floats) -> dict[str, float]:
    """The probability of each finding to be first, the likeliest first."""
    which = future.users.argmin(0)
    names = np.array([limit.id for limit in future.found], dtype=object)[which]
    causes = list(future.causes)
    spent = np.array([future.causes[name] for name in causes]) if causes else np.zeros((1, DRAWS))
    largest = np.array(causes or [general(STATEMENT)], dtype=object)[spent.argmax(0)]
    for place, limit in enumerate(future.found):
        here = which == place
        if limit.resource == resources.POOL:
            inside = spent.sum(0) >= thresholds.HOLD_IS_DATABASE * future.held_ms
            names = np.where(here & inside, largest, names)
        elif limit.resource == resources.HOST_CPU:
            names = np.where(here, np.where(spent.max(0) >= future.app_ms, largest, general(APP)), names)
    names = np.array([_inherited(judged, str(name)) for name in names], dtype=object)
    total = {name: float(weight[names == name].sum() / weight.sum()) for name in sorted(set(names))}
    return dict(sorted(total.items(), key=lambda row: (-row[1], row[0])))


def _inherited(judged: JudgedLevel, name: str) -> str:
    """A symptom of what is first at the last level stays its symptom: an N+1 that fills the application goes on."""
    first = judged.first
    return first.id if first is not None and name in first.consequences else name


def _largest_scan(usable: Sequence[JudgedLevel], tenants: int) -> str | None:
    """The table whose scan will cost most, and what a call reads of it."""
    level = usable[-1].level
    scans = [cost for cost in elasticity.costs(level).values() if cost.table]
    worst = max(scans, key=lambda cost: cost.ms * cost.rows, default=None)
    return None if worst is None else f"{worst.table}: {worst.rows * tenants / level.tenants:,.0f} rows read in a call"


def _rows(future: _Future, weight: Floats) -> list[PredictedLimit]:
    rows = []
    for limit, users in zip(future.found, future.users, strict=True):
        low, middle, high = _quantiles(users, weight, (0.025, 0.5, 0.975))
        rows.append(PredictedLimit(limit.id, limit.resource, middle, low, high))
    return sorted(rows, key=lambda row: row.users)


def _quantiles(values: Floats, weight: Floats, shares: Sequence[float]) -> list[float]:
    order = np.argsort(values)
    chance = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    found: list[float] = np.interp(shares, chance, values[order]).tolist()
    return found


def _assumed(usable: Sequence[JudgedLevel]) -> str:
    if len(usable) == 1:
        return ("One level was seen, so how demand grows is assumed: in proportion to the tenants for what scans read, "
                "hardly at all for the rest.")  # fmt: skip
    return ("How demand grows is taken from the levels seen, and from its mechanism: in proportion to the tenants for "
            "what scans read, hardly at all for the rest.")  # fmt: skip
