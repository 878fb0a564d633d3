"""The bytes that a changing set of processes has read from disks and written to them, as a counter that only grows."""

from __future__ import annotations

from collections.abc import Mapping


class DiskAccount:
    """Since the first entry; what a process did in its last second before it ended is lost."""

    def __init__(self) -> None:
        self.bytes = 0
        self._last: dict[int, int] | None = None

    def enter(self, now: Mapping[int, int], born: frozenset[int] = frozenset()) -> None:
        """Enter the bytes of all processes that live, by pid; `born`: begun since the last entry, not merely found."""
        last, self._last = self._last, dict(now)
        if last is None:
            return
        grown = (count - last.get(pid, 0 if pid in born else count) for pid, count in now.items())
        self.bytes += sum(max(more, 0) for more in grown)
