"""Targets that no product form describes, run through time: what a ramp really meets between its stages.

One pool of servers with geometric service times is stepped every 20 ms, users (or open arrivals) in front of it. What
happens on top is named by the fields of `Target`; state carries over from one stage to the next, as it does in life.
The true knee is `capacity / slope`, both by design: pauses take their share of the capacity, a target that scales out
ends with the larger one, open arrivals have no response time in the slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rampart.windows import StageWindows
from tests.planted.networks import Floats

STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Target:
    """A pool of `servers`, each busy for `service_s` per request, for users that think for `think_s`."""

    servers: int
    service_s: float
    think_s: float
    open_arrivals: bool = False  # each user sends a request every `think_s`, answered or not
    warm_up_s: float = 0.0  # after each change of users, speed recovers from half with this time constant
    pause_every_s: float = 0.0  # stop-the-world pauses, exponential gaps in between
    pause_s: float = 0.0
    scales_out_at_s: float = np.inf  # twice the servers from then on

    @property
    def knee_users(self) -> float:
        scaled = 2 if np.isfinite(self.scales_out_at_s) else 1
        waiting = 0.0 if self.open_arrivals else self.service_s
        return scaled * self.servers * (1.0 - self._paused) / self.service_s * (self.think_s + waiting)

    @property
    def _paused(self) -> float:
        return self.pause_s / (self.pause_every_s + self.pause_s) if self.pause_s else 0.0

    def servers_at(self, second: float) -> int:
        return self.servers * 2 if second >= self.scales_out_at_s else self.servers


def run(
    target: Target,
    users: Sequence[int],
    rng: np.random.Generator,
    *,
    windows: int = 8,
    window_s: float = 5.0,
    settle_s: float = 0.0,
) -> list[StageWindows]:
    """Drive the target through the stages, one after the other; the first `settle_s` of each are not measured."""
    inside, clock, stages = 0, 0.0, []
    paused_until, next_pause = 0.0, _gap(target, rng)
    for count in users:
        steps = round((settle_s + windows * window_s) / STEP_S)
        done = np.zeros(steps)
        if not target.open_arrivals:
            inside = min(inside, count)
        for step in range(steps):
            if clock >= next_pause:
                paused_until = clock + target.pause_s
                next_pause = paused_until + _gap(target, rng)
            busy = 0 if clock < paused_until else min(inside, target.servers_at(clock))
            speed = _speed(target, step * STEP_S)
            finished = int(rng.binomial(busy, STEP_S / target.service_s * speed)) if busy else 0
            inside += _arrivals(target, count, inside, rng) - finished
            done[step] = finished
            clock += STEP_S
        measured = done[round(settle_s / STEP_S) :].reshape(windows, -1)
        stages.append(StageWindows(float(count), _rate(measured, window_s)))
    return stages


def _rate(done: Floats, window_s: float) -> Floats:
    return np.asarray(done.sum(axis=1) / window_s, dtype=np.float64)


def _gap(target: Target, rng: np.random.Generator) -> float:
    return float(rng.exponential(target.pause_every_s)) if target.pause_s else np.inf


def _speed(target: Target, since: float) -> float:
    return 1.0 - 0.5 * float(np.exp(-since / target.warm_up_s)) if target.warm_up_s else 1.0


def _arrivals(target: Target, users: int, inside: int, rng: np.random.Generator) -> int:
    if target.open_arrivals:
        return int(rng.poisson(users / target.think_s * STEP_S))
    return int(rng.binomial(max(0, users - inside), STEP_S / target.think_s))
