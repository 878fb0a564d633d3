"""Before anything is measured: a scenario that fails from its first request is broken, and no bottleneck."""

from __future__ import annotations

import time

from conductor.live_tally import Tally
from conductor.load_listener import LoadListener
from rampart.errors import NotReady

START_S = 30.0  # Locust must have sent its first requests by then
_ENOUGH = 5  # requests
_BROKEN_SCRIPT = 0.9  # this share of its first requests fails


class FailsAtOnce(NotReady):
    """Nearly all of the first requests fail."""


def answered(listener: LoadListener) -> bool:
    """Wait for the first requests; False: they were sent, and the target answered none of them.

    Raises: NotReady where the scenario raises, is silent, or fails.
    """
    tally, end = Tally(), time.monotonic() + START_S
    while tally.requests < _ENOUGH and time.monotonic() < end:
        listener.load.check()
        listener.listen(tally, 0.2)
        if listener.exceptions and listener.alive == 0:
            break  # they have all died of it
    if listener.exceptions and tally.requests < _ENOUGH:
        remedy = "Correct the scenario: run alone (locust -f …), it raises the same."
        raise NotReady("the scenario does not get to its requests", f"it raises {listener.exceptions}", remedy)
    if tally.requests == 0 and listener.hangs.since is not None:
        return False
    if tally.requests == 0:
        raise NotReady(
            "no request was sent", f"the scenario was silent for {START_S:.0f} s", "Run it alone with locust -f …"
        )
    if tally.error_ratio > _BROKEN_SCRIPT:
        raise FailsAtOnce(
            "the scenario fails on its first requests",
            f"{tally.failures} of {tally.requests} failed ({listener.worst_error})",
            "Mend the scenario or its credentials (run it alone with locust -f …); nothing was ramped.",
        )
    return True
