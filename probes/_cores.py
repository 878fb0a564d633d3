"""How many cores a process may use: what its affinity and the quotas of its control groups leave it."""

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
    with suppress(OSError):
        for row in (_PROC / str(process.pid) / "cgroup").read_text().splitlines():
            _, controllers, path = row.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                found = min(found, _least(_GROUPS / controllers, path))
    return found


def _least(top: Path, path: str) -> float:
    """The least quota of a control group and of those above it; of version 2 `top` holds all of them."""
    group = top / path.strip().lstrip("/")
    return min(
        (quota(folder) for folder in (group, *group.parents) if folder.is_relative_to(top)), default=float("inf")
    )


def quota(group: Path) -> float:
    """The cores that a control group allows, of version 2 or 1; infinity where it sets no limit or is not there."""
    with suppress(OSError, ValueError):
        most, period = (group / "cpu.max").read_text().split()
        return int(most) / int(period)
    with suppress(OSError, ValueError):
        most, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(most) / int(period) if int(most) > 0 else float("inf")
    return float("inf")
