"""Requests counted over some time, recorded or live, and what a condition sees of them: the one evaluator of both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.record.histogram import Ints, quantile, quantile_interval
from analysis.record.requests import Requests
from rampart.condition import Condition
from rampart.latency_buckets import BUCKETS


@dataclass(slots=True)
class Tally:
    """Some seconds of requests, of one endpoint or of all."""

    seconds: float = 0.0
    requests: int = 0
    failures: int = 0
    latency_ms: float = 0.0  # summed
    histogram: Ints = field(default_factory=lambda: np.zeros(BUCKETS, np.int64))

    @property
    def rps(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def error_ratio(self) -> float:
        return self.failures / self.requests if self.requests else 0.0

    @property
    def mean_ms(self) -> float:
        return self.latency_ms / self.requests if self.requests else 0.0

    def quantile_ms(self, q: float) -> float | None:
        """A latency quantile, right to 1 %; None without requests."""
        return quantile(self.histogram, q)


def of_stage(requests: Requests, index: int, endpoint: str | None = None) -> Tally:
    """What ended in the steady window of a recorded stage; nothing where it never occurred."""
    stage = requests.stages[index]
    if not requests.count.size or (endpoint is not None and endpoint not in requests.endpoints):
        return Tally(stage.ended_at - stage.steady_at)
    own = slice(None) if endpoint is None else [requests.endpoints.index(endpoint)]
    return Tally(
        stage.ended_at - stage.steady_at,
        int(requests.count[index, own].sum()),
        int(requests.failed[index, own].sum()),
        float(requests.latency_ms[index, own].sum()),
        requests.histogram[index, own].sum(0),
    )


def seen(condition: Condition, tally: Tally) -> float | None:
    """The value that a condition is about, in its unit; None where no request says anything of it."""
    if condition.kind == "rate":
        return tally.rps
    if not tally.requests:
        return None
    if condition.kind == "errors":
        return tally.error_ratio
    return tally.mean_ms if condition.quantile is None else tally.quantile_ms(condition.quantile)


def holds(condition: Condition, tally: Tally) -> bool | None:
    """Whether a condition surely holds: a percentile by that end of its 95 % interval that speaks against it.

    So a promise is kept only where chance does not decide, and a load is stopped for the same reason only.
    """
    value = seen(condition, tally)
    if value is None:
        return None
    if condition.quantile is not None and (ends := quantile_interval(tally.histogram, condition.quantile)):
        value = ends[1] if condition.is_upper_bound else ends[0]
    return condition.holds(value)
