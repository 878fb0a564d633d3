"""Answers that were given before, and what making them again costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.level.level_data import Case

STABLE = 0.95  # of an endpoint's answers equal one given before to the same tenant [judged]


@dataclass(frozen=True, slots=True)
class RepeatedAnswer:
    """What one endpoint answered at all loads without saying whether it may be kept."""

    endpoint: str
    answers: float
    bytes: float
    repeated: float


def remade(case: Case) -> float:
    """The share of the application's own time that goes into answers which were given before and might be kept."""
    costs = case.requests.costs.get(case.tenants)
    if costs is None:
        return 0.0
    names = list(case.requests.endpoints)
    return sum(one.repeated * costs.share_of_endpoint(names.index(one.endpoint)) for one in stable(case))


def gains(case: Case, metric: str, **labels: str) -> dict[str, float]:
    """Gains of a counter of the generator over all stages of the ramp, by endpoint."""
    found: dict[str, float] = {}
    for series in case.readings.of(f"generator.{metric}", **labels):
        endpoint = series.labels.get("endpoint", "")
        found[endpoint] = found.get(endpoint, 0.0) + sum(series.increase(*p.window) or 0.0 for p in case.points)
    return found


def stable(case: Case) -> Sequence[RepeatedAnswer]:
    """The undeclared endpoints whose answers repeat, the most asked for first."""
    answers, size = (gains(case, name, caching="undeclared") for name in ("read", "read_bytes"))
    found = [
        RepeatedAnswer(endpoint, count, size.get(endpoint, 0.0), repeated)
        for endpoint, count in answers.items()
        if (repeated := case.requests.repeated(endpoint)) is not None and repeated >= STABLE
    ]
    return sorted(found, key=lambda one: (-one.answers, one.endpoint))
