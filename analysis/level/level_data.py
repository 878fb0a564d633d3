"""One tenant level made ready for the detectors: its points, its knee, and the two loads that are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.knee.estimate import KneeEstimate
from analysis.knee.queue_growth import queue_knee
from analysis.knee.ramp_knee import ramp_knee, ramp_stages
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point, usable
from analysis.stages.service_demand import EndpointDemand
from analysis.stages.session_samples import Waits, waits
from analysis.stages.target_failure import gone
from rampart import metrics
from rampart.model import JSON, Counter, Gauge
from rampart.objectives import Conditions
from rampart.resources import ResourceName

PAGE_BYTES = 8192  # of Postgres, unless it was built otherwise (docs/sources.md#postgresql)


@dataclass(frozen=True, slots=True)
class LevelData:
    """What is known of one tenant level."""

    tenants: int
    points: list[Point]  # ramp stages by rising users; the profile's are not among them
    low: list[Point]  # clearly below the knee
    high: list[Point]  # at the knee or just past it; at the top of the ramp when no knee was reached
    knee: KneeEstimate
    queue_knees: dict[str, KneeEstimate]  # by queue: where its completions stop following the users
    profile: list[EndpointDemand]
    requests: Requests
    readings: Readings
    facts: JSON  # statements.json
    objectives: Conditions  # in force, by name
    waits_low: Waits = field(default_factory=Waits)
    waits: Waits = field(default_factory=Waits)  # of the high stages
    came_back: Mapping[int, bool] = field(default_factory=dict)  # by stage after which a target that failed was asked
    target_gone: bool = False  # it stopped answering in the last stage that ran, and did not come back

    @property
    def seconds(self) -> tuple[float, float]:
        """Measured seconds of the low and of the high stages."""
        return sum(p.seconds for p in self.low), sum(p.seconds for p in self.high)

    def per_request(self, metric: Counter, label: str) -> tuple[dict[str, float], dict[str, float]]:
        """A counter's increase per request, by one label, in the low and in the high stages."""
        return _per_request(self, self.low, metric, label), _per_request(self, self.high, metric, label)

    def call_ms(self, statement: str) -> float | None:
        """What one call of a statement takes while the system is far from its limit, ms; None where it was not sent."""
        calls, _ = self.per_request(metrics.STATEMENT_CALLS, "statement")
        spent, _ = self.per_request(metrics.STATEMENT_EXEC_MS, "statement")
        return spent.get(statement, 0.0) / calls[statement] if calls.get(statement) else None

    def total(self, metric: Counter, points: Sequence[Point], **labels: str) -> float | None:
        """A counter's increase over some stages; None when it was never read."""
        gains = [g for p in points if (g := self.readings.increase(metric, *p.window, **labels)) is not None]
        return sum(gains) if gains else None

    def mean(self, metric: Gauge, points: Sequence[Point]) -> float | None:
        """A gauge's mean over some stages, each counted alike; None when it was never read."""
        seen = [value for p in points if (value := self.readings.mean(metric, *p.window)) is not None]
        return sum(seen) / len(seen) if seen else None

    def stalled(self, pressure: Counter) -> float | None:
        """The share of the time at the knee in which some task waits, by a counter of pressure; None: not read."""
        waited, seconds = self.total(pressure, self.high), self.seconds[1]
        return waited / seconds if waited is not None and seconds > 0 else None

    def utilisation(self, resource: ResourceName) -> float | None:
        """The mean utilisation of a resource at the knee; None when it was not read.

        The knee is known to within its interval: a stage inside may still lie below it, where what will be full is not.
        """
        past = [p for p in self.high if self.knee.high is not None and p.users > self.knee.high]
        seen = [p.utilisation[resource] for p in past or self.high if resource in p.utilisation]
        return float(np.mean(seen)) if seen else None

    def statement(self, statement: str) -> str:
        """The text of a statement, on one line."""
        return " ".join((self.text(statement) or f"statement {statement}").split())

    def text(self, statement: str) -> str | None:
        """The text of a statement as it was read; None: it was not."""
        text = (self.facts.get("statements") or {}).get(statement, {}).get("text")
        return str(text) if text else None

    def endpoint_of(self, statement: str) -> str | None:
        """The endpoint that spends most execution time on a statement, by the profile."""
        spent = [(row.exec_ms.get(statement, 0.0), row.endpoint) for row in self.profile]
        best = max(spent, default=(0.0, None))
        return best[1] if best[0] > 0 else None

    def rps(self, points: Sequence[Point]) -> float:
        """Requests a second over some stages, failed ones included."""
        return sum(p.requests for p in points) / max(sum(p.seconds for p in points), 1e-9)

    @property
    def knee_users(self) -> float | None:
        return self.knee.value


def _per_request(level: LevelData, points: Sequence[Point], metric: Counter, label: str) -> dict[str, float]:
    gains: dict[str, float] = {}
    requests = sum(p.requests for p in points)
    for point in points:
        for key, gain in level.readings.increases(metric, label, *point.window).items():
            gains[key] = gains.get(key, 0.0) + gain
    return {key: gain / requests for key, gain in gains.items()} if requests else {}


def build(
    tenants: int, points: Sequence[Point], profile: list[EndpointDemand], requests: Requests, readings: Readings,
    facts: JSON, objectives: Conditions, came_back: Mapping[int, bool],
) -> LevelData:  # fmt: skip
    """Find the knee of a level and choose the stages to compare. Invalid stages are left out of both."""
    ramp = ramp_stages(points)
    trusted, knee = usable(ramp), ramp_knee(points, requests)
    queue_knees = {name: queue_knee(name, trusted) for name in sorted({q for p in trusted for q in p.queues})}
    low, high = _compared(trusted, knee)
    return LevelData(
        tenants, ramp, low, high, knee, queue_knees, profile, requests, readings, facts, objectives,
        waits(readings, low), waits(readings, high), came_back, gone(ramp, came_back, _answered_after(ramp, requests)),
    )  # fmt: skip


def _answered_after(ramp: Sequence[Point], requests: Requests) -> int:
    ended_at = max((p.stage.ended_at for p in ramp), default=0.0)
    return requests.answer_times.between(ended_at, math.inf)


def _compared(points: Sequence[Point], knee: KneeEstimate) -> tuple[list[Point], list[Point]]:
    """Low: efficient stages, at most half the knee where there are such. High: the first loads at or past the knee."""
    if not points:
        return [], []
    if knee.value is None:
        return [p for p in points if p.users == points[0].users], [p for p in points if p.users == points[-1].users]
    below = [p for p in points if p.users <= 0.6 * knee.value] or [p for p in points if p.users == points[0].users]
    past = sorted({p.users for p in points if p.users >= knee.value and p.users > below[-1].users})
    # Just past the knee is where the first limit shows alone; further up others join it. The first load past the
    # knee may sit on it, with little added latency, so loads up to twice the knee count too.
    chosen = [u for u in past if u <= 2.2 * knee.value] or past[:1] or [points[-1].users]
    return below, [p for p in points if p.users in chosen]
