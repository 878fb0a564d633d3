"""The kinds of columns that a seeder can declare. `null` is the fraction of rows without a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rampart.errors import UsageError
from seeders._drawn import Coded, Drawn, Instants, Mask, Numbers, Pool, Texts
from seeders._mix import below
from seeders._rows import DAY, REFERENCE, Column, Rows, instants
from seeders._vocabulary import pool

__all__ = ["Choice", "Column", "Constant", "Created", "Depends", "Key", "Later", "Number", "Parent", "Ref", "Template",
           "Tenant", "Total", "Words"]  # fmt: skip


def _holes(rows: Rows, name: str, fraction: float) -> Mask:
    return rows.unit(name + "\x00null") < fraction if fraction else None


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key: rising over tenants, contiguous within one."""

    def draw(self, rows: Rows, name: str) -> Drawn:
        return Numbers(rows.frame.first_key + rows.extent.before[rows.at] + rows.k)


@dataclass(frozen=True, slots=True)
class Tenant:
    """The key of the row's tenant."""

    def draw(self, rows: Rows, name: str) -> Drawn:
        return Numbers(rows.frame.first_key + rows.at)


@dataclass(frozen=True, slots=True)
class Ref:
    """The key of a row of `table` of the same tenant; with `skew` above 1 the early rows are referred to more."""

    table: str
    null: float = 0.0
    skew: float = 1.0

    def draw(self, rows: Rows, name: str) -> Drawn:
        parents = rows.frame.tables[self.table]
        count = parents.count[rows.at]
        place = below(rows.bits(name), count) if self.skew == 1 else _skewed(rows, name, count, self.skew)
        null = _holes(rows, name, self.null)
        if not parents.count.all():  # a tenant without parents: there is nobody to refer to
            null = (count == 0) if null is None else null | (count == 0)
        return Numbers(rows.frame.first_key + parents.before[rows.at] + place, null)


def _skewed(rows: Rows, name: str, count: np.ndarray, skew: float) -> np.ndarray:  # type: ignore[type-arg]
    unit = rows.unit(name)
    return np.asarray((unit**skew * count).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Parent:
    """The key of the row that this one belongs to (a table of `PerParent` rows)."""

    def draw(self, rows: Rows, name: str) -> Drawn:
        extent = rows.extent
        assert extent.parent is not None and extent.pattern is not None
        before = rows.frame.tables[extent.parent].before[rows.at]
        return Numbers(rows.frame.first_key + before + extent.pattern.parent(rows.k))


@dataclass(frozen=True, slots=True)
class Constant:
    """The same in every row."""

    value: str | int

    def draw(self, rows: Rows, name: str) -> Drawn:
        if isinstance(self.value, int):
            return Numbers(np.full(len(rows), self.value, np.int64))
        return Coded(_constant(self.value), np.zeros(len(rows), np.int64))


@cache
def _constant(word: str) -> Pool:
    return Pool([word])


@dataclass(frozen=True, slots=True)
class Words:
    """Text by Faker patterns such as `"Review the {{word}} of {{company}}"`, `size` of them, in the seeder's locale."""

    patterns: tuple[str, ...]
    size: int = 2000
    null: float = 0.0

    def __init__(self, *patterns: str, size: int = 2000, null: float = 0.0) -> None:
        object.__setattr__(self, "patterns", patterns)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "null", null)

    def draw(self, rows: Rows, name: str) -> Drawn:
        words = pool(self.patterns, self.size, rows.frame.locale)
        return Coded(words, below(rows.bits(name), len(words)), _holes(rows, name, self.null))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, by weight (to 1/4096)."""

    weights: Mapping[str, float]
    null: float = 0.0

    def draw(self, rows: Rows, name: str) -> Drawn:
        words, lots = _lottery(tuple(self.weights.items()))
        return Coded(words, lots[(rows.bits(name) >> np.uint64(52)).view(np.int64)], _holes(rows, name, self.null))


@cache
def _lottery(weights: tuple[tuple[str, float], ...]) -> tuple[Pool, np.ndarray]:  # type: ignore[type-arg]
    edges = np.cumsum([weight for _, weight in weights])
    tickets = (np.arange(4096) + 0.5) / 4096 * edges[-1]
    return Pool([word for word, _ in weights]), np.searchsorted(edges, tickets)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `low` to `high`; `skew` above 1 favours the low ones, `scale` puts decimals into it."""

    low: int
    high: int
    skew: float = 1.0
    null: float = 0.0
    scale: int = 0

    def draw(self, rows: Rows, name: str) -> Drawn:
        width = self.high - self.low + 1
        if self.skew == 1 and width < 2**32:
            values = below(rows.bits(name), width)
        else:
            values = (rows.unit(name) ** self.skew * width).astype(np.int64)
        return Numbers(values + self.low, _holes(rows, name, self.null), self.scale)


@dataclass(frozen=True, slots=True)
class Created:
    """When the row came into being."""

    def draw(self, rows: Rows, name: str) -> Drawn:
        return instants(rows)


@dataclass(frozen=True, slots=True)
class Later:
    """Some time after the row came into being, exponential with mean `days`; what has not come yet is NULL.

    With `planned` it may lie in the future.
    """

    days: float
    null: float = 0.0
    planned: bool = False

    def draw(self, rows: Rows, name: str) -> Drawn:
        wait = np.log1p(-rows.unit(name)) * (-self.days * DAY)
        micros = rows.moment + wait.astype(np.int64)
        null = _holes(rows, name, self.null)
        if not self.planned:
            future = micros > REFERENCE
            null = future if null is None else null | future
        return Instants(micros, null)


@dataclass(frozen=True, slots=True)
class Depends:
    """One column where another one of the row has a value, another where it has none; both of words."""

    on: str
    present: Choice
    absent: Choice

    def draw(self, rows: Rows, name: str) -> Drawn:
        null = rows.drawn(self.on).null
        there, gone = self.present.draw(rows, name), self.absent.draw(rows, name)
        assert isinstance(there, Coded) and isinstance(gone, Coded)
        if null is None:
            return there
        both = _joined(there.pool, gone.pool)
        return Coded(both, np.where(null, gone.index + len(there.pool), there.index))


@cache
def _joined(first: Pool, second: Pool) -> Pool:
    return Pool(first.words + second.words)


_FIELD = re.compile(r"\{(k|tenant|key)(?::0(\d+))?\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{k}` (place within the tenant, from 1), `{tenant}` and `{key}` in it; `{k:06}` pads with zeros."""

    text: str

    def draw(self, rows: Rows, name: str) -> Drawn:
        parts = _FIELD.split(self.text)
        pieces = [pa.scalar(parts[0])]
        for index in range(1, len(parts), 3):
            number = pa.array(self._number(rows, parts[index])).cast(pa.string())
            width = parts[index + 1]
            pieces += [pc.utf8_lpad(number, int(width), "0") if width else number, pa.scalar(parts[index + 2])]
        if len(pieces) == 1:
            raise UsageError(f"template {self.text!r} has no field", "it is a constant", "Use Constant, or add {k}.")
        return Texts(pc.binary_join_element_wise(*pieces, ""))

    def _number(self, rows: Rows, field: str) -> np.ndarray:  # type: ignore[type-arg]
        if field == "k":
            return rows.k + 1
        drawn = (Tenant() if field == "tenant" else Key()).draw(rows, field)
        assert isinstance(drawn, Numbers)
        return drawn.values


@dataclass(frozen=True, slots=True)
class Total:
    """The sum, over the rows of `children` that belong to this one, of the product of their `factors`."""

    children: str
    factors: tuple[str, ...]

    def draw(self, rows: Rows, name: str) -> Drawn:
        extent = rows.frame.tables[self.children]
        assert extent.pattern is not None
        low, high = extent.pattern.children(rows.k), extent.pattern.children(rows.k + 1)
        lines = _expanded(rows, extent.name, low, high - low)
        product = np.ones(len(lines), np.int64)
        for factor in self.factors:
            drawn = lines.drawn(factor)
            assert isinstance(drawn, Numbers)
            product = product * drawn.values.astype(np.int64)
        sums = np.concatenate(([0], np.cumsum(product)))
        ends = np.cumsum(high - low)
        return replace(Numbers(sums[ends] - sums[ends - (high - low)]))


def _expanded(rows: Rows, table: str, low: np.ndarray, count: np.ndarray) -> Rows:  # type: ignore[type-arg]
    ends = np.cumsum(count)
    k = np.arange(ends[-1] if len(ends) else 0) + np.repeat(low - (ends - count), count)
    return Rows(rows.frame, rows.frame.tables[table], np.repeat(rows.at, count), k)
