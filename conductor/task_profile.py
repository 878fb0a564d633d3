"""Each task alone, at one user: counters divided by requests give what one request costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conductor.live_tally import Tally
from conductor.load_listener import LoadListener
from rampart.model import Stage
from rampart.runs import Clock, Run

_ALONE_S = 8.0  # that a task has for its first request alone: a user of another class may have to sign in first
_SETTLE_S = 0.3  # a request of the task before may still be on its way
_LEAST = 3  # requests that a task is watched for, as far as its first one tells how long they take
_UNANSWERED_TASKS = 2  # in a row, before a profile of a target that hangs is given up


@dataclass(frozen=True, slots=True)
class TaskProfile:
    """The profile of one tenant level."""

    tenants: int
    run: Run
    clock: Clock
    listener: LoadListener
    stages: Iterator[int]  # indices, unique in the run
    seconds: float  # that each task is watched for, at least
    show: Callable[[str], None]  # takes what is being done

    def carry_out(self) -> dict[str, Tally]:
        """What was seen of each task that answered; a stage is kept of each, and a note of each that did not."""
        load, found = self.listener.load, dict[str, Tally]()
        tasks = list(dict.fromkeys(row["task"] for row in load.tasks()))
        unanswered = 0  # tasks in a row
        for number, task in enumerate(tasks):
            hangs = unanswered >= _UNANSWERED_TASKS and self.listener.hangs.is_hung(self.clock.now())
            load.steer(users=1, spawn_rate=1, task=task)
            self.show(f"{task} alone, {number + 1} of {len(tasks)}")
            took_s = None if hangs else self._answered(task)
            if took_s is None:
                load.note("unprofiled", task=task, tenants=self.tenants)
                unanswered += 1
                continue
            unanswered = 0
            found[task] = self._watched(task, min(max(self.seconds, _LEAST * took_s), _ALONE_S))
        return found

    def _answered(self, task: str) -> float | None:
        """Seconds until a request of this task has ended; None: none did, and what it costs is not known."""
        load, began = self.listener.load, time.monotonic()
        while load.focused != task and time.monotonic() < began + _ALONE_S:
            self.listener.listen(Tally(), 0.05)
        return time.monotonic() - began if load.focused == task else None

    def _watched(self, task: str, seconds: float) -> Tally:
        self.listener.listen(Tally(), _SETTLE_S)
        started, tally = self.clock.now(), Tally()
        self.listener.watch.boundary()
        self.listener.listen(tally, seconds)
        ended = self.clock.now()
        self.listener.watch.boundary()
        self.run.add_stage(Stage(next(self.stages), self.tenants, 1, "profile", started, started, ended, task))
        return tally
