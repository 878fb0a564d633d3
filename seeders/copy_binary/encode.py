"""Rows as the bytes of COPY BINARY, without a loop over rows.

Neighbouring columns of fixed width become one element of each row, a numpy structured array; those with NULLs, texts
and words of few kinds have elements of their own. Each element less is a view less to write and to follow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, cast

import numpy as np

from seeders.columns.numbers_and_times import Later
from seeders.columns.text import Template
from seeders.copy_binary.cells import TEXT, Fixed, Holed, Nullable, Pooled, Varied, cells_of, filled
from seeders.copy_binary.views import Elements
from seeders.draw.arrow_arrays import Fields, binary, side_by_side
from seeders.draw.drawn_values import paired
from seeders.draw.rows import Column, Rows

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_COMBINED = 1 << 14  # words of a pool that was made of several: more would no longer stay near the processor


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
    elements, fields = Elements(len(rows)), Fields([(">i2", len(columns))])
    for sort, run in groupby(cells, type):
        if sort is Fixed:
            fields += chain.from_iterable(one.fields for one in cast(Iterable[Fixed], run))
            continue
        if fields:
            elements.add(fields)
            fields = []
        if sort is Pooled:
            _choose(elements, list(cast(Iterable[Pooled], run)))
        else:
            for one in cast(Iterable[Nullable | Holed | Varied], run):
                _add(elements, one, len(rows))
    if fields:
        elements.add(fields)
    return elements.joined()


def _add(elements: Elements, one: Nullable | Holed | Varied, length: int) -> None:
    if isinstance(one, Holed):
        elements.add_texts(_cut(one, length))
        return
    elements.add(one.fields, one.null)
    if isinstance(one, Varied):
        elements.add_texts(one.text, one.null)


def _cut(one: Holed, length: int) -> Any:
    """A column as if it had no holes, which are then cut out of the bytes."""
    width = sum(np.dtype(kind).itemsize for kind, _ in one.fields)
    unit = math.gcd(4, width, *chain.from_iterable(hole[:2] for hole in one.holes))  # bytes that are cut at a time
    kept = np.ones((length, width // unit), np.bool_)
    for start, stop, there in one.holes:
        kept[:, start // unit : stop // unit] = there[:, None]
    ends = np.zeros(length + 1, np.int32)
    np.cumsum(filled(one.holes, width), out=ends[1:])
    return binary(ends, side_by_side(one.fields, length).view(f"u{unit}").reshape(kept.shape)[kept])


def _choose(elements: Elements, run: Sequence[Pooled]) -> None:
    """Words of pools side by side, from as few pools as there can be."""
    pool, index = run[0].pool, run[0].index
    for one in run[1:]:
        if len(pool.cells) * len(one.pool.cells) <= _COMBINED:
            pool, index = paired(pool, one.pool), index * len(one.pool.cells) + one.index
        else:
            elements.add_chosen(pool, index)
            pool, index = one.pool, one.index
    elements.add_chosen(pool, index)
