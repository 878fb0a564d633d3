"""What was counted and summed of recorded requests, by stage and endpoint, and what is read off it.

A request belongs to the stage in whose steady window it ended, so that counts are completions; only `sent` goes by when
it was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.record.answer_times import AnswerTimes
from analysis.record.histogram import quantile, quantile_interval
from analysis.record.tenant_costs import Costs
from rampart.latency_buckets import BUCKETS
from rampart.model import Stage
from rampart.tables import SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOWS = 8  # measuring windows per stage
_DIGEST = (1 << 32) - 1  # of a key in `answers`: the rest says whose


@dataclass(slots=True)
class Requests:
    """Counts of shape (stage, endpoint[, …]); latencies in ms. `endpoints` names the second axis."""

    stages: Sequence[Stage]
    endpoints: list[str] = field(default_factory=list)
    histogram: Ints = field(default_factory=lambda: np.zeros((0, 0, BUCKETS), np.int64))
    count: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    sent: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))  # in the window, whenever they ended
    failed: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    latency_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # summed
    span_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, len(SPANS))))  # summed
    span_count: Ints = field(default_factory=lambda: np.zeros((0, 0, len(SPANS)), np.int64))
    window_ok: Ints = field(default_factory=lambda: np.zeros((0, WINDOWS), np.int64))
    window_latency_ms: Floats = field(default_factory=lambda: np.zeros((0, WINDOWS)))  # summed, of the ok
    # By measuring window, for intervals: requests, and summed ms of the latency and of each span.
    window_count: Ints = field(default_factory=lambda: np.zeros((0, 0, WINDOWS), np.int64))
    window_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, WINDOWS, 1 + len(SPANS))))
    slip: Ints = field(default_factory=lambda: np.zeros((0, BUCKETS), np.int64))
    response: Ints = field(default_factory=lambda: np.zeros((0, BUCKETS), np.int64))  # ms from when they were due
    rate_limited: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    refused: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))  # answered, and not for want of room
    wrong: dict[str, Ints] = field(default_factory=dict)  # answers wrong, not slow, by their outcome
    answers: dict[str, list[Ints]] = field(default_factory=dict)  # by endpoint: (tenant, digest) keys seen
    answered: Counter[str] = field(default_factory=Counter)  # by endpoint: how many those are
    costs: dict[int, Costs] = field(default_factory=dict)  # by tenant level
    tenants: list[str] = field(default_factory=list)  # names; empty where tenants were recorded as numbers
    rows: int = 0
    answer_times: AnswerTimes = field(default_factory=AnswerTimes)

    def tenant(self, index: int) -> str:
        """The name of a tenant, as the scenario gave it."""
        return self.tenants[index] if self.tenants else str(index)

    def violated(self, stage: int) -> bool:
        """Whether an answer of a stage was wrong, not slow."""
        return any(counts[stage].any() for counts in self.wrong.values())

    def quantile(self, stage: int, q: float, endpoint: int | None = None) -> float | None:
        """A latency quantile in ms, right to 1 %; None without requests."""
        return quantile(self.histogram[stage].sum(0) if endpoint is None else self.histogram[stage, endpoint], q)

    def quantile_interval(self, stage: int, q: float) -> tuple[float, float] | None:
        """The 95 % interval of a latency quantile, ms."""
        return quantile_interval(self.histogram[stage].sum(0), q)

    def response_quantile(self, stage: int, q: float) -> float | None:
        """A quantile of the time from when a request was due, ms: what the generator held back counts as waiting."""
        return quantile(self.response[stage], q) if len(self.response) else None

    def response_interval(self, stage: int, q: float) -> tuple[float, float] | None:
        """The 95 % interval of that quantile, ms."""
        return quantile_interval(self.response[stage], q) if len(self.response) else None

    def slowest_s(self, before: int) -> float:
        """The slowest request of the stages before one, in seconds, right to 1 %; 0 where there was none."""
        seen = self.histogram[:before].sum((0, 1)) if self.histogram.shape[0] else self.histogram[:0]
        return (quantile(seen, 1.0) or 0.0) / 1000 if seen.size else 0.0

    def slip_ms(self, stage: int, q: float) -> float:
        """How late requests were sent, ms."""
        return (quantile(self.slip[stage], q) or 0.0) if len(self.slip) else 0.0

    def repeated(self, endpoint: str) -> float | None:
        """The share of answers that equal one given before, to the same tenant or, if that is more, to anybody; None
        when too few were seen."""
        keys = np.concatenate(self.answers.get(endpoint, [np.zeros(0, np.int64)]))
        if len(keys) < 50:
            return None
        different = min(len(np.unique(keys)), len(np.unique(keys & _DIGEST)))
        return 1 - different / len(keys)

    def grow(self, endpoints: Sequence[str], wrong: Sequence[str] = ()) -> None:
        """Make room for endpoints and wrong outcomes that were not seen before; those known keep their places."""
        stages, known = len(self.stages), len(self.endpoints)
        self.endpoints = list(endpoints)
        if len(endpoints) > known:
            for name in _BY_ENDPOINT:
                setattr(self, name, self._wider(getattr(self, name), known))
            self.wrong = {outcome: self._wider(counts, known) for outcome, counts in self.wrong.items()}
        for outcome in wrong[len(self.wrong) :]:
            self.wrong[outcome] = np.zeros((stages, len(endpoints)), np.int64)
        if len(self.slip) < stages:
            self.window_ok = np.zeros((stages, WINDOWS), np.int64)
            self.window_latency_ms = np.zeros((stages, WINDOWS))
            self.slip = np.zeros((stages, BUCKETS), np.int64)
            self.response = np.zeros((stages, BUCKETS), np.int64)

    def _wider(self, old: NDArray[Any], known: int) -> NDArray[Any]:
        """An array with room for all endpoints, `known` of them as they were."""
        new = np.zeros((len(self.stages), len(self.endpoints), *old.shape[2:]), old.dtype)
        if known:
            new[:, :known] = old
        return new


_BY_ENDPOINT = (
    "histogram", "count", "sent", "failed", "latency_ms", "span_ms", "span_count", "rate_limited",
    "refused", "window_count", "window_ms",
)  # fmt: skip
