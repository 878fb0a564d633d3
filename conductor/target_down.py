"""When the target has failed: all users are removed, one tries again, and the result is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable

from analysis.stages.target_failure import LOGGED
from conductor.live_tally import Tally
from conductor.load_process import LoadProcess
from rampart.model import Stage
from rampart.runs import Clock, Run

LEAVE_S = 2.5  # by then all users are gone: the load process looks once a second
COMES_BACK_S = 15.0  # that the target has for one request of one user

Listen = Callable[[Tally, float], None]
"""Takes in the generator's news for so many seconds."""


def answers_again(load: LoadProcess, listen: Listen) -> bool:
    """Whether a request of one user succeeds, once all the others are gone and what they left may have been done."""
    load.steer(users=0, spawn_rate=100)
    listen(Tally(), LEAVE_S)
    load.steer(users=1, spawn_rate=1)
    tally, end = Tally(), time.monotonic() + COMES_BACK_S
    while tally.requests == tally.failures and time.monotonic() < end:
        listen(tally, 0.5)
    return tally.requests > tally.failures


def keep(run: Run, clock: Clock, stage: Stage, said: str, *, came_back: bool) -> None:
    """Write down, for the verdict, that the target failed in a stage, and whether it answered afterwards."""
    about = {"tenants": stage.tenants, "users": stage.users, "stage": stage.index, "came_back": came_back}
    run.log(clock.now(), LOGGED, said, **about)
