"""What the generator does while it does it: its live lines added up, as the analysis counts what was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.record.histogram import Ints, quantile
from rampart.latency_buckets import BUCKETS
from rampart.model import JSON


@dataclass(slots=True)
class Tally:
    """Some seconds of the generator's."""

    seconds: float = 0.0
    requests: int = 0
    failures: int = 0
    latency_ms: float = 0.0  # summed
    histogram: Ints = field(default_factory=lambda: np.zeros(BUCKETS, np.int64))

    def add(self, line: JSON) -> None:
        """Take in one live line: what happened since the one before, about a second ago."""
        self.seconds += line["seconds"]
        self.requests += line.get("requests", 0)
        self.failures += line.get("failures", 0)
        self.latency_ms += line["latency_ms"]
        for bucket, count in line["latencies"].items():
            self.histogram[int(bucket)] += count

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


@dataclass(frozen=True, slots=True)
class StageTally:
    """What was tallied in the steady window of a stage of so many users, as the interactive law takes it."""

    users: int
    tally: Tally

    @property
    def seconds(self) -> float:
        return max(self.tally.seconds, 1.0)

    @property
    def requests(self) -> int:
        return self.tally.requests

    @property
    def mean_ms(self) -> float:
        return self.tally.mean_ms
