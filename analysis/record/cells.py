"""Rows counted and summed by where they lie and what they are: one number a row, and numpy's bincount over it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from analysis.record.plateaus import Placed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cell of each row, shape (n,), in an array of shape (places, *shape)."""

    cell: Ints
    size: int
    shape: tuple[int, ...]

    @classmethod
    def of(cls, placed: Placed, inner: Ints, *shape: int) -> Cells:
        """Rows by their place and by `inner`, an index into an array of `shape` laid flat."""
        return cls(placed.place, placed.places, (placed.places,)).inside(inner, *shape)

    def inside(self, inner: Ints, *shape: int) -> Cells:
        """The cells of an array of `shape` within each of these, by an index into it laid flat."""
        size = prod(shape)
        cell = self.cell * size
        cell += inner
        return Cells(cell, self.size * size, (*self.shape, *shape))

    def take(self, rows: Ints) -> Cells:
        """Some of the rows, by their places."""
        return Cells(self.cell.take(rows), self.size, self.shape)

    def counted(self, only: NDArray[np.bool_] | None = None) -> Ints:
        """How many rows lie in each cell; of `only` those that it marks."""
        counts = np.bincount(self.cell, only, self.size)
        return counts.astype(np.int64, copy=False).reshape(self.shape)

    def summed(self, values: NDArray[np.floating]) -> Floats:
        """The sum of `values` in each cell."""
        return np.asarray(np.bincount(self.cell, values, self.size), np.float64).reshape(self.shape)
