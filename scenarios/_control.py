"""What the conductor last asked for: a small file that it replaces whole, read by the shape and by the recorder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = "RAMPART_CONTROL"


@dataclass(frozen=True, slots=True)
class Control:
    """The wanted load."""

    users: int
    spawn_rate: float  # users per second
    task: str | None = None  # send this task alone, with next to no think time
    stop: bool = False


def read() -> Control:
    """The wanted load; a missing or torn file asks to stop, for then nobody steers."""
    try:
        return Control(**json.loads(Path(os.environ[ENVIRONMENT]).read_text()))
    except (KeyError, OSError, ValueError, TypeError):
        return Control(users=0, spawn_rate=1, stop=True)
