"""What the conductor last asked for: a small file that it replaces whole, read by the shape and by the recorder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Control:
    """The wanted load."""

    users: int
    spawn_rate: float  # users per second
    task: str | None = None  # send this task alone, with next to no think time
    stop: bool = False


def read_control(path: Path) -> Control:
    """The wanted load; a missing or torn file asks to stop, for then nobody steers."""
    try:
        return Control(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return Control(users=0, spawn_rate=1, stop=True)
