"""Columns that hold keys, or follow from the rows that keys tie together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seeders.draw.drawn_values import Drawn, Numbers
from seeders.draw.random_stream import below
from seeders.draw.rows import Ints, Rows, holes


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key: rising over tenants, contiguous within one."""

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        return Numbers(rows.frame.first_key + rows.extent.before.take(rows.at) + rows.k)


@dataclass(frozen=True, slots=True)
class Tenant:
    """The key of the row's tenant."""

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        return Numbers(rows.frame.first_key + rows.at)


@dataclass(frozen=True, slots=True)
class Ref:
    """The key of a row of `table` of the same tenant; with `skew` above 1 the early rows are referred to more."""

    table: str
    null: float = 0.0
    skew: float = 1.0

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        parents = rows.frame.tables[self.table]
        count = parents.count.take(rows.at)
        bits = rows.bits(name)
        place = below(bits, count, self.skew)
        null = holes(bits, self.null)
        if not parents.count.all():  # a tenant without parents: there is nobody to refer to
            null = (count == 0) if null is None else null | (count == 0)
        return Numbers(rows.frame.first_key + parents.before.take(rows.at) + place, null)


@dataclass(frozen=True, slots=True)
class Parent:
    """The key of the row that this one belongs to (a table of `PerParent` rows)."""

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        extent = rows.extent
        assert extent.parent is not None and extent.pattern is not None
        before = rows.frame.tables[extent.parent].before.take(rows.at)
        return Numbers(rows.frame.first_key + before + extent.pattern.parent(rows.k))


@dataclass(frozen=True, slots=True)
class Total:
    """The sum, over the rows of `children` that belong to this one, of the product of their `factors`."""

    children: str
    factors: tuple[str, ...]

    def draw(self, rows: Rows, _name: str, /) -> Drawn:
        extent = rows.frame.tables[self.children]
        assert extent.pattern is not None
        count = extent.pattern.of(rows.k)
        lines = _expanded(rows, extent.name, extent.pattern.children(rows.k), count)
        product = np.ones(len(lines), np.int64)
        for factor in self.factors:
            drawn = lines.drawn(factor)
            assert isinstance(drawn, Numbers)
            product = product * drawn.values.astype(np.int64)
        sums = np.concatenate(([0], np.cumsum(product)))
        ends = np.cumsum(count)
        return Numbers(sums.take(ends) - sums.take(ends - count))


def _expanded(rows: Rows, table: str, low: Ints, count: Ints) -> Rows:
    ends = np.cumsum(count)
    k = np.arange(ends[-1] if len(ends) else 0) + np.repeat(low - (ends - count), count)
    return Rows(rows.frame, rows.frame.tables[table], np.repeat(rows.at, count), k)
