"""The processor time of a changing set of processes, as a counter that never forgets those that ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Processor seconds of a process, and of those of its children that have ended and that it has waited for."""

    own: float
    children: float

    @property
    def total(self) -> float:
        return self.own + self.children


class Account:
    """The processor time that the processes of one role have used since the first entry."""

    def __init__(self) -> None:
        self.used_s = 0.0
        self._last: dict[int, Times] | None = None
        self._owed = 0.0  # of those that vanished in the last entry, what nobody had yet inherited

    def enter(self, now: Mapping[int, Times], born: frozenset[int] = frozenset()) -> None:
        """Enter the times of all processes that live, parents read before children; `born`: new since the last entry.

        When a child ends, the kernel adds its time to what its parent has waited for, but only if the parent waits. So
        what vanished is set against what the survivors' `children` gained, now or in the next entry (a child may end
        after its parent was read), and nothing is counted twice.
        """
        last, self._last = self._last, dict(now)
        if last is None:
            return
        stayed = [pid for pid in now if pid in last]
        worked = sum(now[pid].own - last[pid].own for pid in stayed)
        worked += sum(times.total for pid, times in now.items() if pid in born and pid not in last)
        inherited = sum(now[pid].children - last[pid].children for pid in stayed)
        vanished = sum(times.total for pid, times in last.items() if pid not in now)
        news = inherited - vanished - self._owed
        self._owed = min(max(-news, 0.0), vanished)
        self.used_s += max(worked, 0.0) + max(news, 0.0)
