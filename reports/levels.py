"""The tenant levels of a verdict: what is said of one level in different places, brought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rampart.verdict import UNTRUSTED, LevelCapacity, OperatingPoint, Verdict, VerdictOutcome
from reports.load_charts import Panel
from reports.wording import OUTCOMES, published

_IDLE = 0.05  # a resource less full than this at every level has no line of its own


@dataclass(frozen=True, slots=True)
class LevelView:
    """One tenant level; `capacity` is None where none was measured or none may be published."""

    tenants: int
    outcome: VerdictOutcome | None  # None: the verdict has none for this level
    first: str | None
    sentence: str
    capacity: LevelCapacity | None
    points: Sequence[OperatingPoint]

    @property
    def limit(self) -> str:
        """What ended this level, in a few words."""
        held = self.capacity and not self.capacity.knee_users and self.capacity.tested_users is not None
        outcome = self.outcome or ("not_reached" if held else None)
        return self.first or (OUTCOMES[outcome][0].lower() if outcome else "–")

    def nearest(self) -> OperatingPoint | None:
        """The valid stage nearest the knee, or the one with most users where there is no knee; None without stages."""
        valid = [point for point in self.points if point.valid]
        found = self.capacity.knee_users if self.capacity else None
        if found:
            return min(valid, key=lambda point: abs(point.users - found.value), default=None)
        return max(valid, key=lambda point: point.users, default=None)


def levels(verdict: Verdict) -> list[LevelView]:
    """All levels that the verdict speaks of anywhere, by rising tenants."""
    held, said = {row.tenants for row in verdict.capacity}, {row.tenants for row in verdict.levels}
    seen = held | said | {point.tenants for point in verdict.points}
    return [_level(verdict, tenants) for tenants in sorted(seen)]


def _level(verdict: Verdict, tenants: int) -> LevelView:
    said = next((row for row in verdict.levels if row.tenants == tenants), None)
    row = next((row for row in verdict.capacity if row.tenants == tenants), None)
    hidden = not published(verdict) or (said is not None and said.outcome in UNTRUSTED)
    return LevelView(
        tenants=tenants,
        outcome=said.outcome if said else None,
        first=said.first if said else None,
        sentence=said.sentence if said else "",
        capacity=None if hidden else row,
        points=[point for point in verdict.points if point.tenants == tenants],
    )


def panels(found: Sequence[LevelView], slo_ms: float | None) -> list[Panel]:
    """A panel for each level that has at least one stage."""
    return [Panel(level.tenants, level.points, level.capacity, slo_ms) for level in found if level.points]


def fullness(found: Sequence[LevelView]) -> tuple[list[tuple[str, list[float | None]]], list[str]]:
    """How full each resource was at each level's nearest stage (0 to 1), the fullest at the last level first.

    With it the names of those that were nearly idle at every level.
    """
    stages = [point.utilisation if (point := level.nearest()) else {} for level in found]
    names = {name for stage in stages for name in stage}
    rows = [(name, [stage.get(name) for stage in stages]) for name in sorted(names)]
    busy = [row for row in rows if max((value or 0.0 for value in row[1]), default=0.0) >= _IDLE]
    idle: list[str] = [name for name, values in rows if (name, values) not in busy]
    return sorted(busy, key=lambda row: -(row[1][-1] or 0.0)), idle
