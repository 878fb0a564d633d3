"""What a column draws: values without a database type, in a form that can be encoded without a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seeders._arrow import texts

Mask = NDArray[np.bool_] | None  # where true, the value is NULL; None: nowhere

NULL_CELL = b"\xff\xff\xff\xff"


class Pool:
    """Words to choose from, and how they stand in a COPY stream."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def cells(self) -> Any:
        """Arrow binary array: each word with its length before it."""
        encoded = [word.encode() for word in self.words]
        return texts([len(word).to_bytes(4, "big") + word for word in encoded], pa.binary())

    @cached_property
    def texts(self) -> Any:
        """Arrow string array: the words alone."""
        return texts([word.encode() for word in self.words], pa.string())


@dataclass(frozen=True, slots=True)
class Numbers:
    """Integers, or floats; `scale` decimals are meant behind the point of an integer."""

    values: NDArray[np.int64] | NDArray[np.float64]
    null: Mask = None
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Instants:
    """Microseconds since 1970."""

    micros: NDArray[np.int64]
    null: Mask = None


@dataclass(frozen=True, slots=True)
class Coded:
    """Words of a pool, by index."""

    pool: Pool
    index: NDArray[np.int64]
    null: Mask = None


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts, each its own (an Arrow string array)."""

    array: Any
    null: Mask = None


Drawn = Numbers | Instants | Coded | Texts
