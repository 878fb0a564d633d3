"""When a user's next request is due: a paced user's schedule runs on while an answer is late."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Schedule:
    """One user's. Locust paces by waiting less; where nothing is left to wait, the request is late from the start."""

    paced_at: float | None = None  # when Locust last computed a pace; never moves for a user who just thinks
    last_due: float | None = None
    woke: float = 0.0
    pace_s: float | None = None

    def due(self, now: float, wait_s: float, paced_at: float) -> float:
        """The instant at which the request after this wait is due, in the clock of `now`.

        A user who waits for an answer before thinking has nothing due meanwhile: now and the wait. A paced one who is
        behind has a request due one pace after the one before it. Locust never makes up for what it could not send,
        so the schedule begins anew once there is something left to wait.
        """
        paced = self.paced_at not in (None, paced_at)
        if paced and wait_s > 0:
            self.pace_s = now + wait_s - self.woke
        behind = paced and wait_s <= 0 and self.pace_s is not None and self.last_due is not None
        due = (self.last_due or 0.0) + (self.pace_s or 0.0) if behind else now + wait_s
        self.paced_at, self.last_due, self.woke = paced_at, due, now + wait_s
        return min(due, now + wait_s)
