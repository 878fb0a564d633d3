"""Rows as the bytes of COPY BINARY, without a loop over rows.

Neighbouring columns of the same sort become one piece of each row: those of fixed width a numpy structured array, those
with NULLs one from which the missing values are cut out, those of few words one choice from all their combinations.
Arrow joins the pieces; the data buffer of the joined array is the stream. Each piece less is a copy of the row less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seeders._arrow import Fields, Holes, binary, fixed, flags, integers, side_by_side, word
from seeders._cells import TEXT, Cells, Fixed, Holed, Pooled, Varied, cells_of, filled
from seeders._drawn import NULL_CELL, paired
from seeders._rows import Column, Rows
from seeders._values import Later
from seeders._words import Template

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_COMBINED = 1 << 14  # words of a pool that was made of several: more would no longer stay near the processor
_NULL, _NOTHING = word(NULL_CELL, pa.binary()), word(b"", pa.binary())


def in_stretches(columns: Sequence[tuple[str, str]], declared: Mapping[str, Column]) -> list[tuple[str, str]]:
    """The columns in the order that is encoded fastest, which COPY takes as well: those of a sort together."""

    def rank(column: tuple[str, str]) -> int:
        name, kind = column
        drawn = declared[name]
        if isinstance(drawn, Template):
            return 1
        if kind in TEXT or kind == "jsonb":
            return 3
        return 2 if isinstance(drawn, Later) or getattr(drawn, "null", False) else 0

    return sorted(columns, key=rank)


def encode(rows: Rows, columns: Sequence[tuple[str, str]]) -> memoryview:
    """The stream (without header and trailer) of rows; `columns` are names with their Postgres types, in order."""
    cells = (cells_of(rows.drawn(name), kind, f"{rows.extent.name}.{name}") for name, kind in columns)
    pieces = list(_pieces(cells, [(">i2", len(columns))], len(rows)))
    whole = pieces[0] if len(pieces) == 1 else pc.binary_join_element_wise(*pieces, _NOTHING)
    return memoryview(whole.buffers()[2])


def _pieces(cells: Iterable[Cells], fields: Fields, length: int) -> Iterator[Any]:
    """Arrow binary arrays that together are the rows; `fields` come first."""
    for sort, run in groupby(cells, type):
        if sort is Fixed:
            fields += chain.from_iterable(one.fields for one in cast(Iterable[Fixed], run))
            continue
        if sort is Varied:
            for one in cast(Iterable[Varied], run):
                if one.null is None:
                    yield from (fixed(side_by_side(fields + one.fields, length)), one.text)
                else:
                    whole = pc.binary_join_element_wise(fixed(side_by_side(one.fields, length)), one.text, _NOTHING)
                    yield from _stretch(fields, length)
                    yield pc.if_else(flags(one.null), _NULL, whole)
                fields = []
            continue
        yield from _stretch(fields, length)
        fields = []
        if sort is Pooled:
            yield from _chosen(list(cast(Iterable[Pooled], run)))
        else:
            yield _cut(list(cast(Iterable[Holed], run)), length)
    yield from _stretch(fields, length)


def _stretch(fields: Fields, length: int) -> Iterator[Any]:
    if fields:
        yield fixed(side_by_side(fields, length))


def _cut(run: Sequence[Holed], length: int) -> Any:
    """Columns side by side as if they had no holes, which are then cut out of the bytes."""
    fields, holes, place = Fields(), Holes(), 0
    for one in run:
        fields += one.fields
        holes += [(place + start, place + stop, there) for start, stop, there in one.holes]
        place += sum(np.dtype(kind).itemsize for kind, _ in one.fields)
    unit = math.gcd(4, place, *chain.from_iterable(hole[:2] for hole in holes))  # bytes that are cut at a time
    kept = np.ones((length, place // unit), np.bool_)
    for start, stop, there in holes:
        kept[:, start // unit : stop // unit] = there[:, None]
    ends = np.zeros(length + 1, np.int32)
    np.cumsum(filled(holes, place), out=ends[1:])
    return binary(ends, side_by_side(fields, length).view(f"u{unit}").reshape(kept.shape)[kept])


def _chosen(run: Sequence[Pooled]) -> Iterator[Any]:
    """Words of pools side by side, from as few pools as there can be."""
    pool, index = run[0].pool, run[0].index
    for one in run[1:]:
        if len(pool.cells) * len(one.pool.cells) <= _COMBINED:
            pool, index = paired(pool, one.pool), index * len(one.pool.cells) + one.index
        else:
            yield pool.cells.take(integers(index))
            pool, index = one.pool, one.index
    yield pool.cells.take(integers(index))
