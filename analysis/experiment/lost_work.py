"""Whether a remedy ended a loss of work beyond what is allowed: where a limit begins it may cost little throughput.

A process that is killed for its memory loses what it was answering, and on a quick machine it is back within a second:
one request in sixteen fails, and work per second can rise by no more than that. Jobs that fail for ever pile up from
the first one on, long before they fill the workers. Source: docs/confirm.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from analysis import thresholds
from analysis.experiment.gain import MENDED, UNMENDED
from analysis.stages.operating_point import Point
from analysis.stages.queue_backlog import growing_share
from rampart.model import JSON

BY_CHANCE = 0.05  # how likely stages without any difference may fall apart like this, at most


def requests_lost(valid: Sequence[Point], allowed: float) -> JSON | None:
    """The share of requests that fail, of which an objective allows so many; see `_lost`."""
    return _lost("requests fail", [(p, p.error_ratio) for p in valid], allowed)


def jobs_lost(valid: Sequence[Point]) -> JSON | None:
    """The share of the jobs that arrive by which queues grow, of which noise explains so many; see `_lost`."""
    return _lost(
        "jobs pile up", [(p, growing_share(p.queues.values())) for p in valid if p.queues], thresholds.QUEUE_GROWTH
    )


def _lost(what: str, shares: Sequence[tuple[Point, float]], allowed: float) -> JSON | None:
    """The mean share in either state, and whether the loss beyond `allowed` ended. None where a state has no stage.

    Ended: each unmended stage lies above `allowed` and no mended one does, of so many stages that an exact permutation
    test calls it no accident.
    """
    before, after = ([share for p, share in shares if p.stage.purpose == state] for state in (UNMENDED, MENDED))
    if not before or not after:
        return None
    apart = max(after) <= allowed < min(before)
    chance = 1 / comb(len(before) + len(after), len(before))
    return {
        "what": what, "allowed": allowed, UNMENDED: float(np.mean(before)), MENDED: float(np.mean(after)),
        "ended": apart and chance < BY_CHANCE,
    }  # fmt: skip


def describe(lost: JSON) -> str:
    """`0.0% of requests fail instead of 7.5%`."""
    work, happens = lost["what"].split(" ", 1)
    return f"{lost[MENDED]:.1%} of {work} {happens} instead of {lost[UNMENDED]:.1%}"
