"""Tenants as columns (`Frame`), and some rows of one of their tables (`Rows`): any row can be drawn alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seeders.draw.drawn_values import Drawn, Mask
from seeders.draw.random_stream import GOLDEN, Floats, Words, mixed, salt, unit

Ints = NDArray[np.int64]

# 2026-11-01 00:00 UTC in microseconds: no clock is read, so that the same level is the same bytes in every year.
REFERENCE = 1_793_491_200_000_000
DAY = 86_400_000_000

_BLOCK = 4096  # tenants of which shares are worked out at once: memory for all of them would grow with their number


class Column(Protocol):
    """How the values of a column come about."""

    def draw(self, rows: Rows, name: str, /) -> Drawn:
        """One value for each row; `name` is the column's own, for its randomness."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """How many children the first, second, … parent of a tenant has, and over again."""

    counts: Ints

    def children(self, parents: Ints) -> Ints:
        """Children of the first `parents` rows."""
        cycles, rest = _divided(parents, len(self.counts))
        sums = np.concatenate(([0], np.cumsum(self.counts)))
        result: Ints = cycles * sums[-1] + sums.take(rest)
        return result

    def of(self, parent: Ints) -> Ints:
        """How many children the given parent (from 0) has."""
        return self.counts.take(_divided(parent, len(self.counts))[1])

    def parent(self, child: Ints) -> Ints:
        """The parent (from 0) of the given child (from 0) within the tenant."""
        cycles, rest = _divided(child, int(self.counts.sum()))
        owner = np.repeat(np.arange(len(self.counts)), self.counts)
        result: Ints = cycles * len(self.counts) + owner.take(rest)
        return result


def _divided(numbers: Ints, by: int) -> tuple[Ints, Ints]:
    """Quotient and remainder; numpy divides by one number with vectors, but not in divmod."""
    quotient = numbers // by
    return quotient, numbers - quotient * by


@dataclass(frozen=True)
class Extent:
    """One table over all tenants: arrays with an element per tenant."""

    name: str
    columns: Mapping[str, Column]
    count: Ints  # rows of the tenant
    before: Ints  # rows of all earlier tenants
    lots: Words  # where the tenant's randomness starts
    born: Ints  # microseconds since 1970; one array for all tables
    earliest: int  # no row is older than this instant
    spread: bool  # over the time from then to the reference instant; else all rows come at once
    parent: str | None = None
    pattern: Pattern | None = None

    @cached_property
    def start(self) -> Ints:
        """When the tenant's first row may have come into being."""
        return np.maximum(self.born, self.earliest)

    @cached_property
    def pace(self) -> Floats:
        """Microseconds from one row of the tenant to the next, on the mean."""
        result: Floats = (REFERENCE - self.start) / np.maximum(self.count, 1)
        return result


@dataclass(frozen=True, slots=True)
class Frame:
    """Tenants 1 … n: what can be known of them without drawing a row."""

    seed: int
    first_key: int
    locale: str
    born: Ints
    tables: Mapping[str, Extent]

    @property
    def tenants(self) -> int:
        return len(self.born)

    def rows(self, first: int, last: int) -> int:
        """Rows in all tables of tenants `first` + 1 … `last`."""
        return sum(int(extent.count[first:last].sum()) for extent in self.tables.values())

    def rows_by_tenant(self) -> Ints:
        """Rows in all tables of each tenant."""
        counts: Ints = np.sum([extent.count for extent in self.tables.values()], axis=0, dtype=np.int64)
        return counts


@dataclass(frozen=True)
class Rows:
    """Rows of one table: the index of the tenant and the place within it, both from 0, for each."""

    frame: Frame
    extent: Extent
    at: Ints
    k: Ints
    _drawn: dict[str, Drawn] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.k)

    @cached_property
    def _lots(self) -> Words:
        return mixed(self.extent.lots.take(self.at) + self.k.view(np.uint64) * GOLDEN)

    def bits(self, name: str) -> Words:
        """64 random bits a row, of which the upper 53 are good."""
        bits = self._lots ^ salt(name)
        bits *= GOLDEN
        bits ^= bits >> np.uint64(32)
        bits *= np.uint64(0xD6E8FEB86659FD93)
        return bits

    def unit(self, name: str) -> Floats:
        """Uniform on [0, 1)."""
        return unit(self.bits(name))

    def drawn(self, name: str) -> Drawn:
        """The values of a column, drawn once."""
        if name not in self._drawn:
            self._drawn[name] = self.extent.columns[name].draw(self, name)
        return self._drawn[name]

    @cached_property
    def moment(self) -> Ints:
        """When each row came into being (microseconds since 1970): rising with its place within the tenant."""
        start = self.extent.start.take(self.at)
        if self.extent.spread:
            place = self.unit("\x00moment")
            place += self.k
            place *= self.extent.pace.take(self.at)
            start += place.astype(np.int64)
        return start

    def in_time(self) -> Rows:
        """The same rows in the order of their moments (to 1/65536 of their range, which sorts in linear time)."""
        if not len(self):
            return self
        since = self.moment - self.moment.min()
        coarse = (since * (65535 / max(int(since.max()), 1))).astype(np.uint16)
        order = np.argsort(coarse, kind="stable")
        sorted_rows = Rows(self.frame, self.extent, self.at.take(order), self.k.take(order))
        # What was worked out already goes along: drawing it again would take longer than moving it.
        vars(sorted_rows).update(_lots=self._lots.take(order), moment=self.moment.take(order))
        return sorted_rows

    def parts(self, most: int) -> Iterator[Rows]:
        """The same rows in their order, about equally many at a time and `most` at the most."""
        edges = np.linspace(0, len(self), -(-len(self) // most) + 1).astype(int)
        for low, high in pairwise(edges):
            part = Rows(self.frame, self.extent, self.at[low:high], self.k[low:high])
            vars(part).update(_lots=self._lots[low:high], moment=self.moment[low:high])
            yield part


def time_slice(frame: Frame, extent: Extent, after: int, index: int, slices: int) -> Rows:
    """Slice `index` of `slices` of the rows of tenants after the first `after`: each tenant's share of that age.

    Slices of rising index are of rising age, tenants interleaved, as an application would have written them; and they
    are of equal size however unequal the tenants are, so that memory is bounded.
    """
    blocks = range(after, max(frame.tenants, after + 1), _BLOCK)
    shares = [_share(extent, slice(first, min(first + _BLOCK, frame.tenants)), index, slices) for first in blocks]
    at, k = (np.concatenate(arrays) for arrays in zip(*shares, strict=True))
    return Rows(frame, extent, at, k).in_time()


def _share(extent: Extent, tenants: slice, index: int, slices: int) -> tuple[Ints, Ints]:
    """The rows of some tenants that are in a slice: index of the tenant and place within it."""
    count = extent.count[tenants]
    phase = (unit(mixed(extent.lots[tenants] ^ salt("phase"))) * slices).astype(np.int64)
    low, high = ((count * edge + phase) // slices for edge in (index, index + 1))
    count = high - low
    ends = np.cumsum(count)
    at = np.repeat(np.arange(tenants.start, tenants.stop), count)
    return at, np.arange(len(at)) + np.repeat(low - (ends - count), count)


def holes(bits: Words, fraction: float) -> Mask:
    """Where a column with these bits and this fraction of NULLs has them, by bits below those that draw its values."""
    if not fraction:
        return None
    return bits.astype(np.uint32) < np.uint32(min(int(fraction * 2**32), 2**32 - 1))
