"""Drawn values as Arrow's arrays, which a library that encodes takes: what it would need from us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seeders.copy_binary.cells import filled
from seeders.draw.arrow_arrays import side_by_side
from seeders.draw.drawn_values import Coded, Drawn, Instants, Mask, Spelled
from seeders.draw.rows import DAY, Rows

_TYPES = {
    "int2": (pa.int16(), np.int16), "int4": (pa.int32(), np.int32), "int8": (pa.int64(), np.int64),
    "date": (pa.date32(), np.int32), "timestamptz": (pa.timestamp("us", "UTC"), np.int64),
}  # fmt: skip


def record_batch(rows: Rows, columns: Sequence[tuple[str, str]]) -> Any:
    """The columns (name and Postgres type) of some rows."""
    arrays = [_array(rows.drawn(name), kind, len(rows)) for name, kind in columns]
    return pa.record_batch(arrays, names=[name for name, _ in columns])


def _array(drawn: Drawn, kind: str, length: int) -> Any:
    if isinstance(drawn, Spelled):
        return _spelled(drawn, length)
    if isinstance(drawn, Coded):
        return drawn.pool.texts.take(_plain(drawn.index, drawn.null, pa.int64()))
    values = drawn.micros if isinstance(drawn, Instants) else drawn.values
    of_arrow, of_numpy = _TYPES[kind]
    return _plain((values // DAY if kind == "date" else values).astype(of_numpy, copy=False), drawn.null, of_arrow)


def _plain(values: NDArray[Any], null: Mask, kind: Any) -> Any:
    """An array over numpy's memory."""
    there = None if null is None else pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [there, pa.py_buffer(np.ascontiguousarray(values))])


def _spelled(drawn: Spelled, length: int) -> Any:
    packed = side_by_side(drawn.fields, length).view("u1").reshape(length, drawn.length)
    ends = np.zeros(length + 1, np.int32)
    np.cumsum(np.broadcast_to(filled(drawn.holes, drawn.length), length), out=ends[1:])
    if drawn.holes:
        kept = np.ones(packed.shape, np.bool_)
        for start, stop, there in drawn.holes:
            kept[:, start:stop] = there[:, None]
        packed = packed[kept]
    return pa.Array.from_buffers(pa.string(), length, [None, pa.py_buffer(ends), pa.py_buffer(packed)])
