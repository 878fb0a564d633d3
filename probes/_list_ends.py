"""Which end of a list workers take from, as it is seen: by what becomes of the elements that stood at both ends."""

from __future__ import annotations

from collections.abc import Sequence

from probes._redis import Command

FURTHEST = 10_000  # elements that the server may walk through to find one


class Ends:
    """The first and the last element of the last read, and what their fate has told so far.

    In a list that is filled at one end and emptied at the other, the element at the emptied end goes first: where one
    of the two is gone and the other is there, workers take from the end of the one that is gone. Where the elements
    repeat, or come and go at one end, what has left cannot be told; the end that the target file names does not matter.
    """

    def __init__(self) -> None:
        self._both: tuple[bytes, bytes] | None = None
        self._taken: set[str] = set()
        self._added: set[str] = set()
        self._repeated = False

    @property
    def taken(self) -> str | None:
        """ "left" or "right"; None while neither, or both, have been seen."""
        return next(iter(self._taken)) if len(self._taken) == 1 else None

    @property
    def uncounted(self) -> str | None:
        """Why nobody can tell how many elements have left, if so."""
        if self._repeated:
            return "its elements repeat, so that none can be followed"
        if len(self._taken) == 2:
            return "elements are taken from both ends"
        if self._taken & self._added:
            return f"elements are added at the end that workers take from (the {self.taken}): the last comes first"
        return None

    def lookups(self, key: str) -> list[Command]:
        """The commands that find them; none where nothing is remembered."""
        if self._both is None:
            return []
        ranks = zip(self._both, (1, -1), strict=True)
        return [("LPOS", key, element, "RANK", rank, "COUNT", 2, "MAXLEN", FURTHEST) for element, rank in ranks]

    def found(self, places: Sequence[Sequence[int]], depth: int) -> None:
        """Enter the answers to `lookups`; one that was not found in a longer list may stand beyond the search."""
        if not places:
            return
        self._repeated |= any(len(found) > 1 for found in places)
        first, last = (found[0] if found else None for found in places)
        if depth <= FURTHEST and (first is None) != (last is None):
            self._taken.add("left" if first is None else "right")
        if first:
            self._added.add("left")
        if last is not None and last < depth - 1:
            self._added.add("right")

    def remember(self, first: bytes | None, last: bytes | None, depth: int) -> None:
        """Enter what stands at the ends now."""
        self._repeated |= depth > 1 and first == last
        self._both = (first, last) if depth > 1 and first is not None and last is not None else None
