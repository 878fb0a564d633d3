"""Whether the target failed in a stage: more errors than the objective allows, or nobody was answered for a time.

Wrong answers and a rate limit are not this: the first are violations, the second is a finding, and neither is held.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from analysis import thresholds
from analysis.stages.operating_point import Point, enough

Kind = Literal["errors", "answers"]
LOGGED = "target failure"  # the source of the conductor's lines in log.jsonl, each with `stage` and `came_back`


def failure(point: Point, error_ratio: float) -> Kind | None:
    """How the target failed in a stage, `error_ratio` being the share of requests that may fail; None: it did not.

    What happens while the load generator is at fault says nothing of the target.
    """
    if point.by_generator:
        return None
    if point.unanswered is not None:
        return "answers"
    # Two standard deviations: of few requests one failure is chance.
    surely = point.gave_out - 2 * math.sqrt(point.gave_out)
    return "errors" if surely > error_ratio * point.requests else None


def failed_from_the_start(ramp: Sequence[Point], error_ratio: float) -> bool:
    """Whether the lowest load failed already, and no higher one did better: nothing was ever held."""
    told = [p for p in ramp if not p.by_generator and (enough(p) or p.unanswered is not None)]
    return bool(told) and all(failure(p, error_ratio) for p in told)


def gone(ramp: Sequence[Point], came_back: Mapping[int, bool], answered_later: int) -> bool:
    """Whether the target stopped answering in the last stage that ran, and did not come back.

    `came_back`: by the index of a stage, what the conductor saw when it asked again with one user. Where it did not
    ask, `answered_later` requests were answered after the stage, and it counts if nobody was for long.
    """
    last = max(ramp, key=lambda p: p.stage.ended_at, default=None)
    if last is None:
        return False
    if last.stage.index in came_back:
        return not came_back[last.stage.index]
    pause = last.unanswered
    if pause is None or answered_later:
        return False
    return pause.seconds >= thresholds.HUNG_S and pause.ended_at >= last.stage.ended_at - 1.0
