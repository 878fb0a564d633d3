"""What a column draws: values without a database type, in a form that can be encoded without a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seeders.draw.arrow_arrays import Fields, Holes, integers, texts, word

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
        """Arrow binary array: each word with its length before it, and NULL at the end."""
        encoded = [word.encode() for word in self.words]
        return texts([*(len(word).to_bytes(4, "big") + word for word in encoded), NULL_CELL], pa.binary())

    @cached_property
    def texts(self) -> Any:
        """Arrow string array: the words alone."""
        return texts([word.encode() for word in self.words], pa.string())


class Pairs:
    """Each cell of one pool followed by each of another."""

    def __init__(self, first: Pool | Pairs, second: Pool | Pairs) -> None:
        ahead = np.repeat(np.arange(len(first.cells)), len(second.cells))
        behind = np.tile(np.arange(len(second.cells)), len(first.cells))
        taken = first.cells.take(integers(ahead)), second.cells.take(integers(behind))
        self.cells: Any = pc.binary_join_element_wise(*taken, word(b"", pa.binary()))


@lru_cache(maxsize=64)
def paired(first: Pool | Pairs, second: Pool | Pairs) -> Pairs:
    """The same pools give the same pairs, so that those of more than two are found again too."""
    return Pairs(first, second)


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
class Spelled:
    """Texts as fields side by side, all of the same length in bytes but for the holes."""

    fields: Fields
    length: int  # of the longest
    holes: Holes = field(default_factory=list)
    null: None = None


Drawn = Numbers | Instants | Coded | Spelled
