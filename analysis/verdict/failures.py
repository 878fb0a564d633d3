"""The loads at which the target failed, each a row that stands beside the bottleneck, or is the verdict itself."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.level.level_data import LevelData
from analysis.stages.objectives import allowed_errors
from analysis.stages.operating_point import Point
from analysis.stages.target_failure import failure
from rampart.verdict import TargetFailure

_LISTED = 3  # loads, in the headline


def failures(levels: Sequence[LevelData]) -> list[TargetFailure]:
    """A row for each load and kind of failure, by levels and users: of repeated loads the worst."""
    return [row for level in levels for row in _of_level(level)]


def _of_level(level: LevelData) -> list[TargetFailure]:
    worst: dict[tuple[int, str], Point] = {}
    allowed = allowed_errors(level.objectives)
    for point in level.points:
        kind = failure(point, allowed)
        if kind is not None and _worse(point, worst.get((point.users, kind))):
            worst[point.users, kind] = point
    return [_row(level, point) for point in worst.values()]


def _worse(point: Point, than: Point | None) -> bool:
    return than is None or _badness(point) > _badness(than)


def _badness(point: Point) -> tuple[float, float]:
    return (point.unanswered.seconds if point.unanswered else 0.0, point.error_ratio)


def _row(level: LevelData, point: Point) -> TargetFailure:
    came_back = level.came_back.get(point.stage.index)
    last = max(level.points, key=lambda p: p.stage.ended_at)
    if point is last and level.target_gone:
        came_back = False
    what, pause = _errors(point), point.unanswered
    if pause is not None:
        errors = f", and {what}" if point.gave_out else ""
        what = f"the target answered nobody for {pause.seconds:.0f} s{errors}"
    again = {None: "", True: "; it answered again with fewer users", False: "; it did not come back"}[came_back]
    at = f" and {level.tenants:,} tenants" if level.tenants else ""
    return TargetFailure(
        tenants=level.tenants,
        users=point.users,
        kind="errors" if pause is None else "answers",
        came_back=came_back,
        sentence=f"At {people(point.users)}{at} {what}{again}.",
    )


def people(users: int) -> str:
    """`1 user`, `1,200 users`."""
    return f"{users:,} user{'' if users == 1 else 's'}"


def _errors(point: Point) -> str:
    share = point.gave_out / point.requests if point.requests else 0.0
    return f"{share:.{1 if share < 0.095 else 0}%} of the requests failed"


def beside(rows: Sequence[TargetFailure], tenants: int) -> str:
    """What the headline adds of the failures of its level: the lowest load, and which others; "" where none failed."""
    own = [row for row in rows if row.tenants == tenants]
    if not own:
        return ""
    worst = next((row for row in own if row.came_back is False), own[0])
    others = [f"{users:,}" for users in sorted({row.users for row in own} - {worst.users})][:_LISTED]
    more = f" (at {' and '.join(others)} users too)" if others else ""
    return f" {worst.sentence.removesuffix('.')}{more}."
