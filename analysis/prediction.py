"""The utilisation law: a resource used D·X saturates at X = 1/D, known from the stages below the knee alone."""

from __future__ import annotations

import numpy as np

from analysis import thresholds as limits
from analysis.blame import Blame
from analysis.case import Case
from rampart.model import JSON

# Resources with a capacity, what full means for each, and the finding that would name it.
_RESOURCES = (
    ("pool", limits.POOL_SATURATED, "app-pool"),
    ("busiest app process", limits.SATURATED, "app-cpu"),
    ("host cpu", limits.HOST_SATURATED, "db-cpu"),
    ("workers", 1.0, "workers"),
    ("redis cache", limits.SATURATED, "cache-server"),
    ("connections", 1.0, "db-connections"),
)


def predictions(case: Case) -> list[JSON]:
    """The limit of each resource in requests/s and users, nearest first; demand is a fit through the origin."""
    per_user = [p.throughput_rps / p.users for p in case.low if p.users and p.throughput_rps]
    if not per_user:
        return []
    found = []
    for resource, full, finding in _RESOURCES:
        seen = [(p.throughput_rps, p.utilisation[resource]) for p in case.low if resource in p.utilisation]
        if not seen:
            continue
        rate, used = np.array(seen).T
        demand = float((rate * used).sum() / (rate**2).sum()) if (rate > 0).any() else 0.0
        if demand > 0:
            limit = full / demand
            found.append({"id": finding, "resource": resource, "rps": limit, "users": limit / float(np.mean(per_user))})
    return sorted(found, key=lambda row: float(row["users"]))


def upcoming(case: Case, blame: Blame, first: str, consequences: tuple[str, ...]) -> list[JSON]:
    """What would come next were the first bottleneck removed: other resources by their predicted limit."""
    spent = {first, *consequences}
    knee = case.knee.value or 0.0
    rows = [row for row in predictions(case) if row["id"] not in spent and row["resource"] not in blame.saturated]
    return [{"id": row["id"], "users": row["users"]} for row in rows if row["users"] > knee][:3]
