"""A target that hangs: users wait for it, and no request ends for longer than its slowest one lets expect."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.stages.unanswered import hung_after_s
from rampart.model import JSON


class Hung(Exception):
    """Raised where the load is listened to; `since`, in run seconds, nobody has been answered."""

    def __init__(self, since: float, waiting: int, seconds: float) -> None:
        super().__init__(f"{waiting} users wait and no request has ended for {seconds:.0f} s")
        self.since = since


class TargetGone(Exception):
    """The target failed and does not answer one user either: the run has nothing left to load."""


@dataclass(slots=True)
class HangWatch:
    """What the generator's live lines say of it, second by second."""

    slowest_s: float = 0.0  # of the requests that were answered so far
    since: float | None = None  # run seconds: users have waited from then on, and nothing has ended

    def take(self, line: JSON) -> None:
        """Take in one second. A second in which nobody waits, for all think, tells of no target."""
        self.slowest_s = max(self.slowest_s, line.get("slowest_ms", 0.0) / 1000)
        if line.get("requests") or not line.get("in_flight"):
            self.since = None
        elif self.since is None:
            self.since = line["at"] - line["seconds"]

    def silent_s(self, at: float) -> float:
        """For how long users have waited at an instant, in run seconds."""
        return 0.0 if self.since is None else at - self.since

    def check(self, line: JSON) -> None:
        """Raise Hung where that is too long."""
        if self.since is not None and self.is_hung(line["at"]):
            raise Hung(self.since, int(line["in_flight"]), self.silent_s(line["at"]))

    def is_hung(self, at: float) -> bool:
        return self.silent_s(at) >= hung_after_s(self.slowest_s)
