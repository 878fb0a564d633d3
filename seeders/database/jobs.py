"""Work on tables that several connections share: whatever does not wait for another's lock begins at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seeders.database.connect import Connection
from seeders.database.crew import Crew


@dataclass(frozen=True, slots=True)
class Job:
    """Work on a table."""

    table: int
    work: Callable[[Connection], None]
    alone: bool  # beside no other job of the same table, for one would only wait for the other's lock


def work_off(hands: Crew, jobs: Sequence[Job]) -> None:
    """Do all of them, in about their order; the first error is raised when all connections have stopped."""
    board = _Board(jobs)
    hands.each(lambda connection, _: board.work(connection), range(len(hands)))


class _Board:
    """The jobs that nobody has taken, and the tables that somebody is at."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._open = list(jobs)
        self._busy: Counter[int] = Counter()
        self._kept: set[int] = set()  # tables with a job that wants to be alone
        self._changed = threading.Condition()

    def work(self, connection: Connection) -> None:
        """Take jobs until there are none."""
        while (job := self._next()) is not None:
            done = False
            try:
                job.work(connection)
                done = True
            finally:
                self._ended(job, done)

    def _next(self) -> Job | None:
        with self._changed:
            while self._open:
                for at, job in enumerate(self._open):
                    if self._may_begin(job):
                        self._busy[job.table] += 1
                        self._kept |= {job.table} if job.alone else set()
                        return self._open.pop(at)
                self._changed.wait()
        return None

    def _may_begin(self, job: Job) -> bool:
        return not self._busy[job.table] if job.alone else job.table not in self._kept

    def _ended(self, job: Job, done: bool) -> None:
        with self._changed:
            if not done:
                self._open.clear()  # of what is left nobody begins anything
            self._busy[job.table] -= 1
            if job.alone:
                self._kept.discard(job.table)
            self._changed.notify_all()
