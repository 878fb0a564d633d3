"""How demand grew over the levels seen, as the verdict shows it: d ln D / d ln T of resources, endpoints, statements.

`measured` is the slope alone; `believed` joins it with what the mechanism lets expect, and is what forecasts use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from analysis.forecast import elasticity
from analysis.forecast.utilisation_law import RESOURCES, below_the_knee, demand
from analysis.ranking.judge import JudgedLevel
from rampart.prediction import Elasticity, Slope
from rampart.verdict import UNTRUSTED

Kind = Literal["resource", "endpoint", "statement"]

NOTEWORTHY = 0.02  # share of the database's time from which a statement's growth is told
LEAST_REQUESTS = 10  # of an endpoint at a level


def elasticities(levels: Sequence[JudgedLevel]) -> list[Elasticity]:
    """d ln D / d ln T of each resource, endpoint and larger statement over the levels seen; [] from one level."""
    usable = [judged for judged in levels if judged.outcome not in UNTRUSTED and judged.level.tenants]
    if len(usable) < 2:
        return []
    return [*_of_resources(usable), *_of_endpoints(usable), *_of_statements(usable)]


def _row(of: str, kind: Kind, points: Sequence[tuple[int, float]], spread: float) -> Elasticity | None:
    """One quantity's slope as measured, and with the prior of its mechanism; None from one level."""
    slope = elasticity.measured(points, spread)
    if slope is None:
        return None
    low, middle, high = elasticity.slopes(points, spread).tolist()
    return Elasticity(of, kind, tuple(tenants for tenants, _ in points), slope, Slope(middle, low, high))


def _of_resources(usable: Sequence[JudgedLevel]) -> list[Elasticity]:
    rows = []
    for resource in RESOURCES:
        costs = [(judged.level.tenants, demand(below_the_knee(judged.level), resource)) for judged in usable]
        points = [(tenants, float(np.log(cost.seconds))) for tenants, cost in costs if cost is not None]
        rows.append(_row(resource, "resource", points, elasticity.LEVEL_SPREAD))
    return [row for row in rows if row is not None]


def _of_endpoints(usable: Sequence[JudgedLevel]) -> list[Elasticity]:
    """Of the mean latency below the knee, by endpoint."""
    rows = []
    for number, endpoint in enumerate(usable[0].level.requests.endpoints):
        points = []
        for judged in usable:
            index = [p.index for p in judged.level.low]
            count = int(judged.level.requests.count[index, number].sum())
            total = float(judged.level.requests.latency_ms[index, number].sum())
            if count >= LEAST_REQUESTS and total > 0:
                points.append((judged.level.tenants, float(np.log(total / count))))
        rows.append(_row(endpoint, "endpoint", points, elasticity.LEVEL_SPREAD))
    return [row for row in rows if row is not None]


def _of_statements(usable: Sequence[JudgedLevel]) -> list[Elasticity]:
    by_level: list[tuple[int, Mapping[str, elasticity.Cost]]] = [
        (judged.level.tenants, elasticity.costs(judged.level)) for judged in usable
    ]
    last, rows = usable[-1].level, []
    total = sum(cost.ms for cost in by_level[-1][1].values())
    for statement, cost in sorted(by_level[-1][1].items(), key=lambda row: -row[1].ms):
        if cost.ms < NOTEWORTHY * total:
            break
        seen = [(tenants, costs[statement]) for tenants, costs in by_level if statement in costs]
        points = [(tenants, float(np.log(one.ms))) for tenants, one in seen]
        spread = elasticity.SCAN_SPREAD if cost.rows else elasticity.LEVEL_SPREAD
        row = _row(last.statement(statement)[:120], "statement", points, spread)
        if row is not None:
            believed = Slope(elasticity.of_scan(seen), None, None) if cost.rows else row.believed
            more = replace(row, believed=believed, endpoint=last.endpoint_of(statement), ms=cost.ms)
            rows.append(replace(more, scans=cost.table, rows=cost.rows or None))
    return rows
