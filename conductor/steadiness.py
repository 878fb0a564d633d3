"""When a stage is steady: told from the requests in flight and the queues, as the probes last read them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from conductor.probe_runner import Watch
from rampart import metrics

_LOOK_S = 1.5  # between two looks at what the application is at: its probe reads it once a second
_PILING = 0.03  # of the users, between two looks: more and the stage is not yet what it comes to [judged]
_FLOWED_OFF = 0.15  # of the users, from the begin of a steady window to its end: it was none yet [judged]
_DRAIN_S = 10.0  # at most, when a stage follows one that left a backlog

Listen = Callable[[float], None]
"""Takes in the generator's news for so many seconds."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is under way at one moment."""

    in_flight: float  # requests
    ready: dict[str, float]  # jobs, by queue

    def flowed_off(self, now: Backlog, users: int) -> bool:
        """Whether what stood here went away since: the seconds between show what had piled up, not the load."""
        return self.in_flight - now.in_flight > max(_FLOWED_OFF * users, 10.0)

    def behind(self, now: Backlog, seconds: float) -> bool:
        """Whether a queue filled faster than it was emptied: by more than a job a second, and ten jobs in all."""
        return any(ready - self.ready.get(queue, 0) > max(10, 0.5 * seconds) for queue, ready in now.ready.items())


def backlog(watch: Watch) -> Backlog:
    return Backlog(sum(watch.latest(metrics.APP_IN_FLIGHT).values()), dict(watch.latest(metrics.QUEUE_READY)))


def warm_up(watch: Watch, users: int, at_least_s: float, longer_s: float, listen: Listen) -> None:
    """Until the stage is steady: for its warm-up, and while requests pile up, for so much longer at most.

    A queue that forms slowly, such as one for a relay that a tenth of the requests need, has taken few users yet
    when the warm-up ends, and the throughput of that moment is more than the target can keep up.
    """
    end = time.monotonic() + at_least_s + longer_s
    listen(max(at_least_s - _LOOK_S, 0.0))
    before = backlog(watch).in_flight
    listen(min(_LOOK_S, at_least_s))
    while (now := backlog(watch).in_flight) - before > max(_PILING * users, 2.0) and time.monotonic() + _LOOK_S < end:
        before = now
        listen(_LOOK_S)


def drain(watch: Watch, users: int, listen: Listen) -> None:
    """Let what a saturated stage left behind flow off, so that it is not measured in the next one."""
    end, before = time.monotonic() + _DRAIN_S, math.inf
    while time.monotonic() < end and (
        _left_behind(watch, users) or backlog(watch).in_flight < before - _PILING * users
    ):
        before = backlog(watch).in_flight
        listen(_LOOK_S)


def _left_behind(watch: Watch, users: int) -> bool:
    now, waiting = backlog(watch), sum(watch.latest(metrics.POOL_WAITING).values())
    return sum(now.ready.values()) > 5 or waiting > users / 4 or now.in_flight > users / 2
