"""The words of a dictionary column over all batches of a run: each batch numbers them by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Vocabulary:
    """Words in the order in which they were met."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._last: pa.Array | None = None
        self._last_indices: Ints = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def words(self) -> list[str]:
        return list(self._index)

    def index(self, word: str) -> int:
        """The index here of a word, which is new or known."""
        return self._index.setdefault(word, len(self._index))

    def indices(self, dictionary: pa.Array) -> Ints:
        """The index here of each word of a batch's dictionary. The dictionaries of one stream only grow: of one that
        begins as the last one did, only the rest is looked up."""
        known = len(self._last) if self._last is not None else 0
        if known and not dictionary.slice(0, known).equals(self._last):
            known = 0
        found = [self.index(word) for word in dictionary.slice(known).to_pylist()]
        self._last = dictionary
        self._last_indices = np.append(self._last_indices[:known], np.array(found, np.int64))
        return self._last_indices
