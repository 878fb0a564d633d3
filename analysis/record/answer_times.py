"""When requests were answered, in tenths of a second over the whole run: what shows that nobody was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rampart.model import Stage

BIN_S = 0.1
_LONGEST_S = 400_000.0  # four days; of a longer run the rest is not looked at
_AFTERWARDS_S = 60.0  # after the last stage, where answers show that the target came back


@dataclass(frozen=True, slots=True)
class Pause:
    """A time without an answer, run seconds."""

    began_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at


@dataclass(slots=True)
class AnswerTimes:
    """Requests answered by tenth of a second since the start of the run, shape (n,)."""

    count: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> AnswerTimes:
        ends = [stage.ended_at for stage in stages if 0 < stage.ended_at < np.inf]
        seconds = min(max(ends, default=0.0) + _AFTERWARDS_S, _LONGEST_S) if ends else 0.0
        return cls(np.zeros(int(seconds / BIN_S), np.int64))

    def add(self, at: NDArray[np.float64]) -> None:
        """Take in requests that were answered at these instants; what lies outside the run is dropped."""
        if not len(at):
            return
        place = at / BIN_S
        if not (place.min() >= 0 and place.max() < len(self.count)):
            place = place[(place >= 0) & (place < len(self.count))]
        tenths = place.astype(np.int64)
        first = int(tenths.min(initial=len(self.count)))  # a block is of some seconds of a run of hours
        counts = np.bincount(tenths - first)
        self.count[first : first + len(counts)] += counts

    def between(self, start: float, end: float) -> int:
        """How many requests were answered in [start, end), to a tenth of a second."""
        first, last = (min(max(at / BIN_S, 0), len(self.count)) for at in (start, end))
        return int(self.count[int(first) : int(last)].sum())

    def longest_pause(self, start: float, end: float) -> Pause:
        """The longest time without an answer in [start, end]; it is shorter than it was by at most two tenths."""
        first, last = max(int(np.ceil(start / BIN_S)), 0), min(int(end / BIN_S), len(self.count))
        answered = np.flatnonzero(self.count[first:last]) if last > first else np.zeros(0, np.int64)
        edges = np.concatenate(([-1], answered, [max(last - first, 0)]))
        gap = int(np.diff(edges).argmax())
        return Pause((first + edges[gap] + 1) * BIN_S, (first + edges[gap + 1]) * BIN_S)
