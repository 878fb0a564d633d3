"""The interactive response time law, N = X (R + Z), in a closed load: what users have to wait for, and what they lack.

The verdict asks these of recorded stages, the conductor of the stage that has just ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from analysis import thresholds


class ObservedStage(Protocol):
    """What the law needs of a stage; failed requests are requests, for their users waited too."""

    @property
    def users(self) -> int: ...

    @property
    def seconds(self) -> float: ...

    @property
    def requests(self) -> int: ...

    @property
    def mean_ms(self) -> float: ...


def think_time(stages: Sequence[ObservedStage]) -> float:
    """Mean think time in seconds, pooled over stages: N = X (R + Z) summed up and solved for Z; at least 0."""
    requests = sum(s.requests for s in stages)
    user_seconds = sum(s.users * s.seconds for s in stages)
    waited = sum(s.mean_ms / 1000 * s.requests for s in stages)
    return max((user_seconds - waited) / requests, 0.0) if requests else 0.0


def per_user(stage: ObservedStage) -> float:
    """Requests a second of one user."""
    return stage.requests / (max(stage.seconds, 1e-9) * stage.users)


def little_error(stage: ObservedStage, think_s: float) -> float:
    """(X (R + Z) - N) / N: far above 0, more was sent than the users can have sent, so a count is wrong.

    Far below 0, requests are stuck in the target: that is a finding, not a fault.
    """
    if not stage.requests:
        return 1.0
    rate = stage.requests / stage.seconds
    return (rate * (stage.mean_ms / 1000 + think_s) - stage.users) / max(stage.users, 1)


def stuck(stage: ObservedStage, think_s: float) -> bool:
    """Whether fewer requests ended than the users could have sent: some wait longer than the stage has lasted so far.

    Their latency is not in the mean yet, so N / (R + Z) would flatter the target.
    """
    cycle_s = stage.mean_ms / 1000 + think_s
    if not stage.requests or cycle_s <= 0:
        return not stage.requests
    noise = 3 / float(stage.requests) ** 0.5
    return bool(stage.requests / max(stage.seconds, 1e-9) < stage.users / cycle_s * (1 - thresholds.STUCK - noise))


def efficiency(stage: ObservedStage, unloaded_s: float, think_s: float) -> float:
    """Throughput over what the same users would reach if nobody waited, from 0 to about 1.

    (R0 + Z) / (R + Z), by the law the same as X (R0 + Z) / N and far less noisy in a short stage. Where requests are
    stuck it is counted.
    """
    if stuck(stage, think_s):
        return per_user(stage) * (unloaded_s + think_s)
    cycle_s = stage.mean_ms / 1000 + think_s
    return (unloaded_s + think_s) / cycle_s if cycle_s > 0 else 1.0
