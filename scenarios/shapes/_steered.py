"""The shape that the conductor steers: as many users as it last wrote, until it says stop or is gone."""

from __future__ import annotations

import os

from locust import LoadTestShape

from scenarios import _control

_CONDUCTOR = os.getppid()


class Steered(LoadTestShape):
    """Follows the control file once a second."""

    def tick(self) -> tuple[int, float] | None:
        wanted = _control.read()
        if wanted.stop or os.getppid() != _CONDUCTOR:
            return None
        return wanted.users, wanted.spawn_rate
