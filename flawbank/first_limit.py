"""Where a ramp met its first limit, as the truth that a prediction is held against."""

from __future__ import annotations

from dataclasses import dataclass

from rampart.finding import Interval
from rampart.verdict import UNTRUSTED, LevelCapacity, Verdict


@dataclass(frozen=True, slots=True)
class FirstLimit:
    """Users, of requests or of jobs, whichever is reached earlier."""

    users: Interval
    reached: bool = True  # else the limit lies beyond the most users that were tried, which `users` has

    @property
    def words(self) -> str:
        if not self.reached:
            return f"none up to {self.users.value:.0f}"
        return f"{self.users.value:.0f} ({self.users.low:.0f} to {self.users.high:.0f})"


def first_limit(verdict: Verdict, tenants: int) -> FirstLimit | None:
    """The first limit of one tenant level; None where the ramp tells none, for one reason or another."""
    row = next((row for row in verdict.capacity if row.tenants == tenants), None)
    if row is None:
        return None
    limits = [limit for limit in (row.knee_users, row.queue_knee_users) if limit is not None]
    if limits and verdict.outcome not in UNTRUSTED:
        return FirstLimit(min(limits, key=lambda limit: limit.value))
    if limits or verdict.outcome in ("invalid", "target_failed"):
        return None
    return _at_least(row)


def _at_least(row: LevelCapacity) -> FirstLimit | None:
    """No limit up to the most users that count; None where it may lie below the first stage, or nothing was fitted."""
    tried = row.tested_users
    if tried is None or row.below_users is not None or row.knee_from.probability_inside is None:
        return None
    return FirstLimit(Interval(tried, tried, tried), reached=False)
