"""The steady windows of the stages, and which instants lie in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.record.requests import WINDOWS
from rampart.model import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where instants lie: `place` of shape (n,) is an index into `stages`, or `len(stages)` where it is in none."""

    stages: list[int]
    place: Ints
    first: int  # of all plateaus the one at place 0

    @property
    def places(self) -> int:
        """How many values `place` can have, that of no stage among them."""
        return len(self.stages) + 1

    def of_stages(self, counts: NDArray[np.generic]) -> Iterator[tuple[int, NDArray[np.generic]]]:
        """What was counted by place (the first axis), stage by stage; what lies in none is dropped."""
        yield from zip(self.stages, counts[:-1], strict=True)


@dataclass(frozen=True, slots=True)
class Plateaus:
    """In the order in which they end, run seconds. Where two overlap, instants go to the one that ends first."""

    stage: list[int]
    begin: Floats
    end: Floats
    steady: Floats  # when each stage's own plateau begins
    length: Floats

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> Plateaus:
        order = sorted(range(len(stages)), key=lambda index: stages[index].ended_at)
        end = np.array([stages[index].ended_at for index in order])
        steady = np.array([stages[index].steady_at for index in order])
        begin = steady.copy()
        begin[1:] = np.maximum(begin[1:], np.nextafter(end[:-1], np.inf))
        return cls(order, begin, end, steady, np.maximum(end - steady, 1e-9))

    def placed(self, at: Floats) -> Placed:
        """Where these instants lie; NaN lies nowhere."""
        earliest, latest = np.fmin.reduce(at, initial=np.inf), np.fmax.reduce(at, initial=-np.inf)
        low, high = np.searchsorted(self.end, [earliest, latest])
        first, last = int(low), min(int(high) + 1, len(self.end))
        place = np.full(len(at), last - first, np.int64)
        for index in range(first, last):
            place[(at >= self.begin[index]) & (at <= self.end[index])] = index - first
        return Placed(self.stage[first:last], place, first)

    def windows(self, at: Floats, placed: Placed) -> Ints:
        """The measuring window of each instant in the plateau that it lies in, 0 to WINDOWS - 1."""
        those = slice(placed.first, placed.first + len(placed.stages))
        steady, length = np.append(self.steady[those], 0.0), np.append(self.length[those], np.inf)
        share = at - steady.take(placed.place)
        share /= length.take(placed.place)
        share *= WINDOWS
        np.fmin(share, WINDOWS - 1, out=share)  # NaN, which lies nowhere, is counted in the last
        window: Ints = share.astype(np.int64)
        return window
