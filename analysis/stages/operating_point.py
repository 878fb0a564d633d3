"""Operating points: a stage boiled down to throughput, latency, errors, utilisations and the demand of each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis import thresholds
from analysis.record.answer_times import Pause
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.queue_backlog import queues
from analysis.stages.sustained_throughput import lasting
from analysis.stages.think_time import spread
from analysis.stages.utilisation import utilisations
from rampart import metrics
from rampart.model import Stage
from rampart.resources import ResourceName


@dataclass(frozen=True, slots=True)
class Point:
    """One stage. Latencies and demands in ms; `index` is its place among the recorded stages."""

    stage: Stage
    index: int
    requests: int
    failed: int
    mean_ms: float
    throughput_rps: float  # of requests that succeeded
    utilisation: dict[ResourceName, float] = field(default_factory=dict)  # 0 to 1, by resource
    queues: dict[str, dict[str, float]] = field(default_factory=dict)
    think_s: float | None = None  # think time per request, as the generator gave it; None: not recorded
    think_sd: float | None = None  # the standard deviation of one request's, see analysis/stages/think_time.py
    wrong: int = 0  # of those that failed: answers that were wrong, and those that were refused by a rate limit
    why_invalid: str | None = None
    by_generator: bool = False  # it is invalid for what the load generator did: nothing in it is the target's doing
    unanswered: Pause | None = None  # a time in which the target answered nobody; such a stage is invalid too
    lasting: float = 1.0  # the share of the throughput that will last, see analysis/stages/sustained_throughput.py
    at_most: float = 1.0  # how much higher it could have been without the hypervisor, see analysis/stages/steal_time.py

    @property
    def users(self) -> int:
        return self.stage.users

    @property
    def seconds(self) -> float:
        return self.stage.ended_at - self.stage.steady_at

    @property
    def error_ratio(self) -> float:
        return self.failed / self.requests if self.requests else 0.0

    @property
    def gave_out(self) -> int:
        """Requests that failed for the target failed: not those with wrong answers, nor those over a rate limit."""
        return max(self.failed - self.wrong, 0)

    @property
    def lasting_rps(self) -> float:
        return self.throughput_rps * self.lasting

    @property
    def window(self) -> tuple[float, float]:
        return self.stage.steady_at, self.stage.ended_at


def operating_points(requests: Requests, readings: Readings) -> list[Point]:
    """One point for each recorded stage, profile stages included, in the order in which they ran."""
    return [_point(index, stage, requests, readings) for index, stage in enumerate(requests.stages)]


def _point(index: int, stage: Stage, requests: Requests, readings: Readings) -> Point:
    start, end = stage.steady_at, stage.ended_at
    seconds = max(end - start, 1e-9)
    any_rows = requests.count.shape[0] > 0
    count = int(requests.count[index].sum()) if any_rows else 0
    failed = int(requests.failed[index].sum()) if any_rows else 0
    mean = float(requests.latency_ms[index].sum() / count) if count else 0.0
    if not end > start:  # a clock that went backwards, or is no number: nothing was measured in it
        return Point(stage, index, count, failed, mean, 0.0)
    thought = readings.increase(metrics.GENERATOR_THINK_S, start, end)
    return Point(
        stage, index, count, failed, mean, (count - failed) / seconds,
        utilisations(readings, start, end), queues(readings, start, end),
        thought / count if thought is not None and count else None,
        spread(requests, index, readings, start, end) if thought is not None and any_rows else None,
        wrong=_wrong(requests, index),
        lasting=lasting(requests, index),
    )  # fmt: skip


def _wrong(requests: Requests, index: int) -> int:
    kinds = (*requests.wrong.values(), requests.rate_limited)
    return sum(int(kind[index].sum()) for kind in kinds if kind.size)


def usable(points: Sequence[Point]) -> list[Point]:
    """Those that can be trusted and have requests enough."""
    return [p for p in points if p.why_invalid is None and enough(p)]


def enough(point: Point) -> bool:
    """Whether a stage has requests enough to say anything."""
    return point.requests >= thresholds.MIN_REQUESTS
