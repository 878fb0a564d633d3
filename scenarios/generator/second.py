"""What ended in one second, as its live line tells it: of all requests, and of those endpoints that a rule watches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .settings import Settings


class Second:
    """Counts since the last live line."""

    def __init__(self, settings: Settings) -> None:
        self._low_ms, self._step, self._last = settings.bucket_low_ms, settings.bucket_step, settings.buckets - 1
        self._watched: Sequence[str] = settings.watched
        self._all = _Counts()
        self._of = {endpoint: _Counts() for endpoint in self._watched}

    def add(self, endpoint: str, latency_ms: float, *, failed: bool) -> None:
        """Count one request."""
        bucket = min(int(math.log(max(latency_ms, self._low_ms) / self._low_ms) / self._step), self._last)
        self._all.add(bucket, latency_ms, failed)
        if endpoint in self._of:
            self._of[endpoint].add(bucket, latency_ms, failed)

    def take(self) -> dict[str, Any]:
        """The counts, which begin again at nothing."""
        told: dict[str, Any] = self._all.told()
        if self._of:
            told["of"] = {endpoint: counts.told() for endpoint, counts in self._of.items() if counts.requests}
        self._all, self._of = _Counts(), {endpoint: _Counts() for endpoint in self._watched}
        return told


class _Counts:
    def __init__(self) -> None:
        self.requests = self.failures = 0
        self.latency_ms = 0.0  # summed
        self.latencies: Counter[int] = Counter()  # by bucket

    def add(self, bucket: int, latency_ms: float, failed: bool) -> None:
        self.requests += 1
        self.failures += failed
        self.latency_ms += latency_ms
        self.latencies[bucket] += 1

    def told(self) -> dict[str, Any]:
        return {
            "requests": self.requests, "failures": self.failures, "latency_ms": self.latency_ms,
            "latencies": dict(self.latencies),
        }  # fmt: skip
