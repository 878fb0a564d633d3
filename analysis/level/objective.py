"""Which loads of a level were held: within the objective, answered throughout, and with no wrong answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from analysis import thresholds
from analysis.level.level_data import LevelData
from analysis.stages.objectives import allowed_errors
from analysis.stages.objectives import missed as missed_objectives
from analysis.stages.operating_point import Point, enough
from analysis.stages.target_failure import failure
from rampart.verdict import ObjectiveBracket

ANSWERS, VIOLATIONS = "answers", "violations"  # what a load can miss beside the objectives, by their names


def slo_bracket(level: LevelData) -> ObjectiveBracket:
    """The last load that was held below the first that was not.

    Between them lies a cliff when the first load that missed it does clearly less work than the last that met it: more
    users, fewer answers. A target that only saturates goes on at its best and lets users wait; its way out is smooth.
    """
    met, missed, by = None, None, list[str]()
    judged, allowed = judgeable(level), allowed_errors(level.objectives)
    told = [p for p in level.points if p in judged or failure(p, allowed)]
    for users in sorted({p.users for p in told}):
        by = sorted({part for p in told if p.users == users for part in _missed_by(level, p, p in judged)})
        if by:
            missed = users
            break
        met = users
    return ObjectiveBracket(met, missed, tuple(by), *_shape(told, met, missed))


def judgeable(level: LevelData) -> list[Point]:
    """The stages that an objective can be judged by.

    Of one that the hypervisor took a part of, nobody knows how long requests would have taken.
    """
    return [p for p in level.points if p.why_invalid is None and enough(p) and p.at_most == 1.0]


def most_tried(level: LevelData) -> int:
    """The most users that were tried, spoiled stages among them."""
    return max((p.users for p in level.points), default=0)


def _missed_by(level: LevelData, point: Point, judged: bool) -> Iterator[str]:
    """The names of the objectives that a stage missed, `answers` and `violations`.

    Of a stage in which the target failed, and that does not count otherwise, the errors are judged all the same.
    """
    for name in missed_objectives(level.objectives, level.requests, point.index):
        if judged or level.objectives[name].kind == "errors":
            yield name
    if point.unanswered is not None:
        yield ANSWERS
    if level.requests.violated(point.index):
        yield VIOLATIONS


def _shape(
    told: Sequence[Point], met: int | None, missed: int | None
) -> tuple[Literal["smooth", "cliff"] | None, float | None]:
    """`smooth` or `cliff`, and the throughput kept across the bracket; None where it has only one side."""
    if met is None or missed is None:
        return None, None
    before, after = (_rate([p for p in told if p.users == users]) for users in (met, missed))
    kept = after / before if before > 0 else 0.0
    return "cliff" if kept < thresholds.CLIFF else "smooth", kept


def _rate(stages: Sequence[Point]) -> float:
    """Successful requests a second over stages alike."""
    return sum(p.requests - p.failed for p in stages) / max(sum(p.seconds for p in stages), 1e-9)
