"""What a system holds, as one number with its uncertainty, and whether a remedy changed it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rampart.model import JSON
from rampart.verdict import UNTRUSTED, Verdict


@dataclass(frozen=True, slots=True)
class Capacity:
    """Users. What is not known is None; `tested` is the largest load that was tried."""

    knee: float | None  # of requests, or of jobs where those pile up earlier
    low: float | None
    high: float | None
    met: float | None  # the last load within the objective below the first that missed it
    missed: float | None
    tested: float | None
    queue_low: float | None = None  # where jobs pile up, at the earliest

    @property
    def held(self) -> float:
        """Users that are held: within the objective, and while no queue grows without end."""
        return min(self.met or 0.0, float("inf") if self.queue_low is None else self.queue_low)

    @property
    def words(self) -> str:
        bend = f"a knee at {self.knee:.0f}" if self.knee is not None else f"no knee up to {self.tested or 0:.0f}"
        return f"{bend}, {self.held:.0f} users held"

    def as_json(self) -> JSON:
        return {**asdict(self), "held": self.held}


def capacity(verdict: Verdict, level: int) -> Capacity:
    """What a verdict says of one tenant level; nothing where the measurement was at fault."""
    trusted = verdict.outcome not in UNTRUSTED
    row = next((c for c in verdict.capacity if trusted and c.tenants == level), None)
    if row is None:
        return Capacity(None, None, None, None, None, None)
    queue, slo = row.queue_knee_users, row.slo_users
    knee = min((k for k in (row.knee_users, queue) if k), key=lambda k: k.value, default=None)
    return Capacity(
        knee=knee.value if knee else None,
        low=knee.low if knee else None,
        high=knee.high if knee else None,
        met=slo.met,
        missed=slo.missed,
        tested=row.tested_users,
        queue_low=queue.low if queue else None,
    )


def held(verdict: Verdict, level: int, users: int) -> bool:
    """Whether the wanted users were held: within the objective, no queue behind, and no answer wrong."""
    return not verdict.violations and capacity(verdict, level).held >= users


def moved(before: Capacity, after: Capacity) -> bool:
    """Whether the capacity rose beyond the noise: the new knee's lower end lies above the old knee, or more is held.

    A system without a knee any more holds at least what was tried.
    """
    if before.knee is None:
        return after.held > before.held
    if after.knee is None:
        return (after.tested or 0.0) > before.knee
    return (after.low or 0.0) > before.knee
