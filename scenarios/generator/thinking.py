"""How long users think: noted when it begins, cut short while one task is profiled, and ended when the focus moves."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import gevent
from locust.exception import InterruptTaskSet
from locust.user.task import TaskSet

from .focus import Focus
from .recorder import Recorder
from .schedule import Schedule

_PROFILE_THINK_S = 0.02


def watch_thinking(recorder: Recorder, focus: Focus) -> None:
    """Put this in the place of the sleep of Locust's task sets, and hear of each task that is begun."""
    schedules: WeakKeyDictionary[Any, Schedule] = WeakKeyDictionary()

    def sleep(self: Any, seconds: float) -> None:
        seconds = min(seconds, _PROFILE_THINK_S) if focus.task else seconds
        gevent.getcurrent().rampart_due = schedules.setdefault(self.user, Schedule()).due(
            recorder.now(), seconds, self.user._cp_last_run
        )
        recorder.think_s += seconds
        if seconds > 0:
            focus.changed.wait(seconds)  # a profile is too short to wait for somebody who began to think before it
        else:
            gevent.sleep(0)
        if self is not self.user._taskset_instance and focus.leaves(self):
            raise InterruptTaskSet(reschedule=True)  # type: ignore[no-untyped-call]

    patched: Any = TaskSet
    execute = patched.execute_next_task

    def execute_next_task(self: Any) -> None:
        focus.begins(self, self._task_queue[0])
        execute(self)

    patched._sleep, patched.execute_next_task = sleep, execute_next_task
