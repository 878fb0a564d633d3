"""How many cores a process may use: what its affinity and the quotas of its control groups (v2) leave it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def cores(process: psutil.Process) -> float | None:
    """The lesser of affinity and quota, in cores; None where the system does not tell."""
    if not hasattr(process, "cpu_affinity"):
        return None
    found = float(len(process.cpu_affinity()))
    with suppress(OSError, ValueError, IndexError):
        own = next(row for row in (_PROC / str(process.pid) / "cgroup").read_text().splitlines() if row[:3] == "0::")
        group = _GROUPS / own[3:].strip().lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(_GROUPS):
                found = min(found, quota(folder / "cpu.max"))
    return found


def quota(file: Path) -> float:
    """The cores that a `cpu.max` allows; infinity where it sets no limit or is not there."""
    with suppress(OSError, ValueError):
        most, period = file.read_text().split()
        return int(most) / int(period)
    return float("inf")
