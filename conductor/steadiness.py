"""When a stage may be measured: once its requests no longer pile up, and what an earlier one left behind is done."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from analysis.stages.piling import flows_off, piles_up
from analysis.thresholds import QUEUE_DRAINED
from conductor.probe_runner import Watch
from rampart import metrics

_LOOK_S = 1.5  # between two looks at what the application is at: its probe reads it once a second
_DRAIN_S = 10.0  # at most, when a stage follows one that left a backlog

Listen = Callable[[float], None]
"""Takes in the generator's news for so many seconds."""


def in_flight(watch: Watch) -> float:
    """Requests that the target is answering; 0 where it does not tell."""
    return sum(watch.latest(metrics.APP_IN_FLIGHT).values())


def warm_up(watch: Watch, users: int, at_least_s: float, longer_s: float, listen: Listen) -> None:
    """Until the stage is steady: for its warm-up, and while requests pile up, for so much longer at most.

    A queue that forms slowly, such as one for a relay that a tenth of the requests need, has taken few users yet
    when the warm-up ends, and the throughput of that moment is more than the target can keep up.
    """
    end = time.monotonic() + at_least_s + longer_s
    listen(max(at_least_s - _LOOK_S, 0.0))
    before = in_flight(watch)
    listen(min(_LOOK_S, at_least_s))
    while piles_up((now := in_flight(watch)) - before, users) and time.monotonic() + _LOOK_S < end:
        before = now
        listen(_LOOK_S)


def drain(watch: Watch, users: int, listen: Listen) -> None:
    """Let what a stage past the knee left behind flow off, so that it is not measured in the next one."""
    end, before = time.monotonic() + _DRAIN_S, math.inf
    while time.monotonic() < end and (_left_behind(watch, users) or flows_off(in_flight(watch) - before, users)):
        before = in_flight(watch)
        listen(_LOOK_S)


def _left_behind(watch: Watch, users: int) -> bool:
    ready, waiting = sum(watch.latest(metrics.QUEUE_READY).values()), sum(watch.latest(metrics.POOL_WAITING).values())
    return ready > QUEUE_DRAINED or waiting > users / 4 or in_flight(watch) > users / 2
