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
class Plateaus:
    """In the order in which they end, run seconds. Where two overlap, instants go to the one that ends first."""

    stage: list[int]
    begin: Floats
    end: Floats

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> Plateaus:
        order = sorted(range(len(stages)), key=lambda index: stages[index].ended_at)
        end = np.array([stages[index].ended_at for index in order])
        begin = np.array([stages[index].steady_at for index in order])
        begin[1:] = np.maximum(begin[1:], np.nextafter(end[:-1], np.inf))
        return cls(order, begin, end)

    def of_instants(self, at: Floats) -> Iterator[tuple[int, Ints]]:
        """Each stage in which some of the instants lie, and their places; NaN lies in none."""
        low, high = np.searchsorted(self.end, [np.fmin.reduce(at, initial=np.inf), np.fmax.reduce(at, initial=-np.inf)])
        for place in range(low, min(high + 1, len(self.end))):
            rows = np.flatnonzero((at >= self.begin[place]) & (at <= self.end[place]))
            if len(rows):
                yield self.stage[place], rows


def windows(at: Floats, stage: Stage) -> Ints:
    """The measuring window of each instant in a stage's plateau, 0 to WINDOWS - 1."""
    length = max(stage.ended_at - stage.steady_at, 1e-9)
    window: Ints = ((at - stage.steady_at) / length * WINDOWS).astype(np.int64)
    return np.minimum(window, WINDOWS - 1, out=window)
