"""Stages of a closed system below and beyond its limit, whose waiting is shared out among spans as planned.

Users think one second. Waiting is `N / capacity - 1 s - R0`. What is measured in a stage is off by a factor that the
whole stage shares (its capacity, and each part for itself) and by one of each window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import WINDOWS, Requests
from analysis.stages.operating_point import Point
from rampart.model import Stage
from rampart.tables import SPANS

KNEE = 100.0
LOW, HIGH = (30, 45, 60), (120, 150, 200)


@dataclass(frozen=True, slots=True)
class Loads:
    """Base and waiting of a mean request, by span, ms; `waiting` are the parts of what queues."""

    base: Mapping[str, float] = field(default_factory=lambda: {"pool": 1.0, "mail": 10.0, "render": 20.0})
    waiting: Mapping[str, float] = field(default_factory=lambda: {"pool": 0.6, "mail": 0.25, "render": 0.15})
    window: float = 0.08
    stage: float = 0.03

    def excess_ms(self, users: int) -> float:
        return max(users / KNEE * (1000 + sum(self.base.values())) - 1000 - sum(self.base.values()), 0.0)

    def shares(self) -> dict[str, float]:
        """The truth: of what was added, every part has its share of the waiting."""
        return dict(self.waiting)


def case(plan: Loads, seed: int) -> LevelData:
    """A level with three stages below the knee and three beyond it, as one noisy ramp would have measured it."""
    rng = np.random.default_rng(seed)
    users = (*LOW, *HIGH)
    stages = [Stage(i, 100, n, "coarse", 20.0 * i, 20.0 * i + 2, 20.0 * i + 18) for i, n in enumerate(users)]
    found = Requests(stages, endpoints=["GET /a"], rows=1)
    found.window_count = np.zeros((len(users), 1, WINDOWS), np.int64)
    found.window_ms = np.zeros((len(users), 1, WINDOWS, 1 + len(SPANS)))
    for i, n in enumerate(users):
        _measure(plan, n, found.window_count[i, 0], found.window_ms[i, 0], rng)
    found.count, sums = found.window_count.sum(2), found.window_ms.sum(2)
    found.latency_ms, found.span_ms = sums[..., 0], sums[..., 1:]
    found.span_count = np.where(found.span_ms > 0, found.count[..., None], 0)
    points = [_point(found, i, stage) for i, stage in enumerate(stages)]
    knee = KneeEstimate(KNEE, 90.0, 110.0, None, 95.0, 0.5, drift=plan.stage)
    return LevelData(100, points, points[: len(LOW)], points[len(LOW) :], knee, {}, [], found, Readings([]), {}, 500.0)


def _measure(plan: Loads, users: int, count: np.ndarray, ms: np.ndarray, rng: np.random.Generator) -> None:
    capacity = float(np.exp(rng.normal(0, plan.stage)))
    cycle = 1000 + sum(plan.base.values()) + plan.excess_ms(users)
    excess = max(plan.excess_ms(users) + (cycle * (1 / capacity - 1) if plan.excess_ms(users) else 0.0), 0.0)
    count[:] = rng.poisson(users / cycle * 1000 * 2, WINDOWS)
    total = np.zeros(WINDOWS)
    for span, base in plan.base.items():
        own = np.exp(rng.normal(0, plan.stage) + rng.normal(0, plan.window, WINDOWS))
        ms[:, 1 + SPANS.index(span)] = (base + excess * plan.waiting[span]) * own * count
        total += ms[:, 1 + SPANS.index(span)]
    ms[:, 0] = ms[:, 1 + SPANS.index("total")] = total


def _point(found: Requests, index: int, stage: Stage) -> Point:
    count = int(found.count[index].sum())
    return Point(stage, index, count, 0, float(found.latency_ms[index].sum() / count), count / 16.0)
