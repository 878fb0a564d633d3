"""Arrow arrays over numpy's memory and Python's words, without a copy.

`pyarrow.array`, `scalar` and `to_numpy` would do, but they import pandas where it is installed: a quarter of a second
and 30 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Fields = list[tuple[str, Any]]  # numpy type and values (an array, or one for all), of fields that stand side by side
Holes = list[tuple[int, int, NDArray[np.bool_]]]  # bytes from … to …, and where they are there


def integers(values: NDArray[Any]) -> Any:
    """An int64 array."""
    plain = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(plain), [None, pa.py_buffer(plain)])


def texts(words: Sequence[bytes], kind: Any) -> Any:
    """A string or binary array (`kind`) of some words."""
    ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
    return pa.Array.from_buffers(kind, len(words), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(words))])


def word(value: bytes, kind: Any) -> Any:
    """A scalar string or binary."""
    return texts([value], kind)[0]


def lengths(array: Any) -> NDArray[np.int32]:
    """The length in bytes of each element of a string or binary array."""
    ends = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    return np.diff(ends)


def side_by_side(fields: Fields, length: int) -> NDArray[Any]:
    """A structured array of so many elements."""
    row = np.zeros(1, np.dtype([(f"f{index}", kind) for index, (kind, _) in enumerate(fields)]))
    several = {}
    for index, (_, values) in enumerate(fields):
        if isinstance(values, np.ndarray):
            several[f"f{index}"] = values
        else:
            row[f"f{index}"] = values
    # What is the same in every row comes with the row: a field at a time would take three times as long.
    packed = np.repeat(row, length)
    for name, values in several.items():
        packed[name] = values
    return packed


def binary(ends: NDArray[np.int32], data: NDArray[Any]) -> Any:
    """A binary array of bytes that lie one after the other; `ends` begins with 0."""
    return pa.Array.from_buffers(pa.binary(), len(ends) - 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])
