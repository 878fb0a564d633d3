"""What the generator does while it does it: its live lines added up, as the analysis counts what was recorded."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.record import tally
from rampart.model import JSON


@dataclass(slots=True)
class Tally(tally.Tally):
    """Some seconds of the generator's."""

    def add(self, line: JSON, endpoint: str | None = None) -> None:
        """Take in one live line: what happened since the one before, about a second ago; of one endpoint or of all."""
        self.seconds += line["seconds"]
        told = line if endpoint is None else (line.get("of") or {}).get(endpoint, {})
        self.requests += told.get("requests", 0)
        self.failures += told.get("failures", 0)
        self.latency_ms += told.get("latency_ms", 0.0)
        for bucket, count in told.get("latencies", {}).items():
            self.histogram[int(bucket)] += count


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
