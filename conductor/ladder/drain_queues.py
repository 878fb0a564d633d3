"""Wait for what an earlier load left behind: its jobs would be measured as the next one's."""

from __future__ import annotations

import time
from collections.abc import Callable

from analysis.thresholds import QUEUE_DRAINED
from probes._found import every_probe
from probes._probe import NotConfigured, Probe, Unavailable
from rampart import metrics
from rampart.config import Target

_PATIENCE_S = 60.0


def settle(target: Target, warn: Callable[[str], None]) -> None:
    """Return once hardly a job waits in any queue; `warn` where that takes too long. A queue that cannot be read is a
    gap of the run that follows."""
    end = time.monotonic() + _PATIENCE_S
    for probe in every_probe().values():
        if metrics.QUEUE_READY in probe.metrics and not _drained(probe, target, end):
            warn(f"jobs of the previous load still wait after {_PATIENCE_S:.0f} s: the next ramp starts with them")


def _drained(probe: Probe, target: Target, end: float) -> bool:
    try:
        reader = probe.connect(target)
    except (NotConfigured, Unavailable):
        return True
    try:
        while sum(r.value for r in reader.read() if r.metric == metrics.QUEUE_READY) > QUEUE_DRAINED:
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
    finally:
        reader.close()
    return True
