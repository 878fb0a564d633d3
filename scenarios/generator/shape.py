"""The shape that the conductor steers: as many users as it last wrote, until it says stop or is gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from locust import LoadTestShape

from .control import read_control
from .focus import Focus


class Steered(LoadTestShape):
    """Follows the control file once a second. While one task is profiled only its own class has users."""

    def __init__(self, control: Path, focus: Focus) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._control, self._focus, self._conductor = control, focus, os.getppid()
        self._classes: list[Any] | None = None

    def tick(self) -> tuple[int, float] | tuple[int, float, list[Any]] | None:
        wanted = read_control(self._control)
        if wanted.stop or os.getppid() != self._conductor:
            return None
        classes = self._focus.user_classes
        if self._classes is not None and classes != self._classes:
            self._clear()
        self._classes = classes
        return wanted.users, wanted.spawn_rate, classes

    def _clear(self) -> None:
        """Locust replaces no user by one of another class: first the old ones go."""
        runner: Any = self.runner
        if runner.spawning_greenlet:
            runner.spawning_greenlet.kill(block=True)
        runner.stop_users(dict(runner.user_classes_count))
        runner._users_dispatcher = None  # its count of fixed users starts anew
