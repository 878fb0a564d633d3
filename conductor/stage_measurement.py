"""One stage of a ramp as it is measured: its warm-up, then a steady window that does not end in silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from analysis.stages.piling import flowed_off, growth
from analysis.thresholds import MIN_REQUESTS
from conductor import steadiness
from conductor.hang import Hung
from conductor.live_tally import Tally
from conductor.load_listener import LoadListener
from conductor.stop_rules import Stopped
from conductor.timing import Timing
from rampart.runs import Clock

_LOOK_S = 0.5


@dataclass(slots=True)
class StageMeasurement:
    """The stage under way; the load has been steered to its users."""

    users: int
    timing: Timing
    clock: Clock
    listener: LoadListener
    show: Callable[[Tally, str], None]  # what has been seen so far, with a note
    steady_at: float | None = None  # run seconds: since when it is measured; None: it warms up

    def carry_out(self, *, below: bool) -> tuple[Tally, float]:
        """What was seen in the steady window, and when it began, run seconds.

        `below`: the stage before had more users, and may have left something behind. Raises: Stopped, Hung.
        """
        settling, watch = Tally(), self.listener.watch
        warm = partial(self.listener.listen, settling, each=lambda seen: self.show(seen, "warm-up"))
        steadiness.warm_up(watch, self.users, self.timing.warmup_s, self.timing.steady_s, warm)
        if below:
            steadiness.drain(watch, self.users, warm)
        tally, steady = self._window("")
        self._until_enough(tally)
        if flowed_off(growth(watch.recent(), steady, self.clock.now()) or 0.0, self.users):
            # What its first seconds had piled up flowed off in it: what the load comes to begins now.
            tally, steady = self._window("again")
        self.listener.listen_until_answered(tally, self.clock)
        return tally, steady

    def _until_enough(self, tally: Tally) -> None:
        """A window of few users who wait long goes on until its requests say something, for so much longer at most."""
        end = time.monotonic() + self.timing.steady_s
        while 0 < tally.requests < MIN_REQUESTS and time.monotonic() < end:
            self.listener.listen(tally, _LOOK_S, lambda seen: self.show(seen, "few requests"))

    def counts_from(self, ended: Stopped | Hung) -> float:
        """Where the window of a stage begins that was ended before its time, run seconds.

        The seconds that ended it are what this load came to; a hang may have begun while it warmed up.
        """
        if self.steady_at is None:
            return ended.since
        return min(ended.since, self.steady_at) if isinstance(ended, Hung) else self.steady_at

    def _window(self, note: str) -> tuple[Tally, float]:
        """A steady window: what was seen in it, and when it began."""
        tally, steady = Tally(), self.clock.now()
        self.steady_at = steady
        self.listener.watch.boundary()
        seconds = self.timing.steady_s - (self.clock.now() - steady)
        self.listener.listen(tally, seconds, lambda seen: self.show(seen, note))
        return tally, steady
