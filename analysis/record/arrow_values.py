"""Arrow's columns as numpy arrays, looked at as they lie in memory.

`to_numpy` would do, but it imports pandas where that is installed (0.25 s and 30 MB).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def values(column: pa.Array, kind: type[np.generic], missing: float = 0) -> NDArray[Any]:
    """A column of fixed width as an array of `kind`, `missing` where it is null; read only where nothing is."""
    if column.buffers()[1] is None:
        return np.full(len(column), missing, kind)
    found = plain(column, kind)
    return np.where(valid(column), found, np.asarray(missing, kind)) if column.null_count else found


def plain(column: pa.Array, kind: type[np.generic]) -> NDArray[Any]:
    """What stands in the buffer, read only; under a null anything may."""
    return np.frombuffer(column.buffers()[1], kind, len(column), column.offset * np.dtype(kind).itemsize)


def valid(column: pa.Array) -> NDArray[np.bool_]:
    """Which values of a column that has nulls are none."""
    bits = np.frombuffer(column.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=column.offset + len(column), bitorder="little")[column.offset :].view(bool)
