"""Columns of numbers and times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seeders.draw.drawn_values import Drawn, Instants, Numbers
from seeders.draw.random_stream import below, exponential, unit
from seeders.draw.rows import DAY, REFERENCE, Rows, holes


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `low` to `high`; `skew` above 1 favours the low ones, `scale` puts decimals into it."""

    low: int
    high: int
    skew: float = 1.0
    null: float = 0.0
    scale: int = 0

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        width, bits = self.high - self.low + 1, rows.bits(name)
        if width < 2**32:
            values = below(bits, width, self.skew)
        else:
            values = (unit(bits) ** self.skew * width).astype(np.int64)
        values += self.low
        return Numbers(values, holes(bits, self.null), self.scale)


@dataclass(frozen=True, slots=True)
class Created:
    """When the row came into being."""

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        return Instants(rows.moment)


@dataclass(frozen=True, slots=True)
class Later:
    """Some time after the row came into being, exponential with mean `days`; what has not come yet is NULL.

    With `planned` it may lie in the future.
    """

    days: float
    null: float = 0.0
    planned: bool = False

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        bits = rows.bits(name)
        wait = exponential(bits) * np.float32(self.days * DAY)
        micros = wait.astype(np.int64)
        micros += rows.moment
        null = holes(bits, self.null)
        if not self.planned:
            future = micros > REFERENCE
            null = future if null is None else null | future
        return Instants(micros, null)
