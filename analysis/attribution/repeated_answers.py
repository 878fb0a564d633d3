"""Answers that were given before, and what making them again costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.level.level_data import LevelData
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.model import Counter

STABLE = Threshold(
    "STABLE", 0.95, "of an endpoint's answers, equal to one given before to the same tenant",
    "judged: few answers are ever entirely alike",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RepeatedAnswer:
    """What one endpoint answered at all loads without saying whether it may be kept."""

    endpoint: str
    answers: float
    bytes: float
    repeated: float


def remade(level: LevelData) -> float:
    """The share of the application's own time that goes into answers which were given before and might be kept."""
    costs = level.requests.costs.get(level.tenants)
    if costs is None:
        return 0.0
    names = list(level.requests.endpoints)
    return sum(one.repeated * costs.share_of_endpoint(names.index(one.endpoint)) for one in stable(level))


def gains(level: LevelData, metric: Counter, **labels: str) -> dict[str, float]:
    """Gains of a counter of the generator over all stages of the ramp, by endpoint."""
    found: dict[str, float] = {}
    for series in level.readings.of(metric, **labels):
        endpoint = series.labels.get("endpoint", "")
        found[endpoint] = found.get(endpoint, 0.0) + sum(series.increase(*p.window) or 0.0 for p in level.points)
    return found


def stable(level: LevelData) -> Sequence[RepeatedAnswer]:
    """The undeclared endpoints whose answers repeat, the most asked for first."""
    answers, size = (
        gains(level, metric, caching="undeclared") for metric in (metrics.GENERATOR_READ, metrics.GENERATOR_READ_BYTES)
    )
    found = [
        RepeatedAnswer(endpoint, count, size.get(endpoint, 0.0), repeated)
        for endpoint, count in answers.items()
        if (repeated := level.requests.repeated(endpoint)) is not None and repeated >= STABLE
    ]
    return sorted(found, key=lambda one: (-one.answers, one.endpoint))
