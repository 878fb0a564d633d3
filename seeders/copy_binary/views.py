"""Elements side by side in every row, as Arrow's views: each says where its bytes are, and one cast gathers them.

A view has 16 bytes: the length, and up to 12 bytes themselves, or else their first four, a buffer and a place within it
(Arrow's columnar format, "variable-size binary view layout"). The cast is the only copy of a row's bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seeders.draw.arrow_arrays import Fields, side_by_side
from seeders.draw.drawn_values import Mask, Pairs, Pool

_WITHIN = 12  # bytes that a view holds itself
_VIEW = np.dtype([("length", "<i4"), ("first", "S4"), ("buffer", "<i4"), ("place", "<i4")])


class Elements:
    """The elements of so many rows, in their order within a row."""

    def __init__(self, length: int) -> None:
        self._length, self._count = length, 0
        self._views: Fields = []
        self._buffers: list[Any] = []

    def add(self, fields: Fields, null: Mask = None) -> None:
        """Fields side by side; where `null`, the first four bytes alone."""
        width = sum(np.dtype(kind).itemsize for kind, _ in fields)
        size: Any = np.int32(width) if null is None else np.where(null, np.int32(4), np.int32(width))
        if width <= _WITHIN:
            padding: Fields = [(f"S{_WITHIN - width}", b"")] if width < _WITHIN else []
            self._put([("<i4", size), *fields, *padding])
            return
        packed = side_by_side(fields, self._length)
        # Nobody compares these, so that only a NULL, which ends there, needs its first bytes in the view.
        first = ("S4", b"") if null is None else fields[0]
        places = np.arange(0, self._length * width, width, dtype=np.int32)
        self._put([("<i4", size), first, ("<i4", self._keep(pa.py_buffer(packed))), ("<i4", places)])

    def add_texts(self, array: Any, null: Mask = None) -> None:
        """One text (an Arrow binary array) a row; where `null`, none."""
        views = _views(array, self._keep(array.buffers()[2]))
        if null is not None:
            views["length"][null] = 0
        self._put([("V16", views.view("V16"))])

    def add_chosen(self, pool: Pool | Pairs, index: NDArray[np.int64]) -> None:
        """Words of a pool, by index."""
        views = _pool_views(pool, self._keep(pool.cells.buffers()[2]))
        self._put([("V16", views.take(index))])

    def joined(self) -> memoryview:
        """The bytes of all rows."""
        views = pa.py_buffer(side_by_side(self._views, self._length))
        elements = self._length * self._count
        array = pa.Array.from_buffers(pa.binary_view(), elements, [None, views, *self._buffers])
        return memoryview(array.cast(pa.binary()).buffers()[2])

    def _put(self, view: Fields) -> None:
        self._views += view
        self._count += 1

    def _keep(self, data: Any) -> int:
        self._buffers.append(pa.py_buffer(b"") if data is None else data)  # None: all texts are empty
        return len(self._buffers) - 1


def _views(array: Any, buffer: int) -> NDArray[Any]:
    """The views of an Arrow binary array whose bytes are in that buffer."""
    views = np.frombuffer(array.cast(pa.binary_view()).buffers()[1], _VIEW)[: len(array)].copy()
    views["buffer"][views["length"] > _WITHIN] = buffer
    return views


@lru_cache(maxsize=64)
def _pool_views(pool: Pool | Pairs, buffer: int) -> NDArray[Any]:
    return _views(pool.cells, buffer).view("V16")
