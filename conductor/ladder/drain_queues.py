"""Wait for what an earlier load left behind: its jobs would be measured as the next one's."""

from __future__ import annotations

import time

from analysis.thresholds import QUEUE_DRAINED
from probes._found import every_probe
from probes._probe import NotConfigured, Probe, Unavailable
from rampart import metrics
from rampart.config import Target

_PATIENCE_S = 60.0


def settle(target: Target) -> bool:
    """Return once hardly a job waits in any queue; False where that took too long or nothing can be seen."""
    end = time.monotonic() + _PATIENCE_S
    for name in ("rq", "list_queue"):
        probe = every_probe().get(name)
        if probe is not None and not _drained(probe, target, end):
            return False
    return True


def _drained(probe: Probe, target: Target, end: float) -> bool:
    try:
        reader = probe.connect(target)
    except NotConfigured:
        return True
    except Unavailable:
        return False
    try:
        while sum(r.value for r in reader.read() if r.metric == metrics.QUEUE_READY) > QUEUE_DRAINED:
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
    finally:
        reader.close()
    return True
