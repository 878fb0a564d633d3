"""Whether a remedy ended failures that broke the objective: of a limit that costs answers and little throughput.

A process that is killed for its memory loses what it was answering, and on a quick machine it is back within a second:
one request in twenty fails, and work per second can rise by no more than that twentieth. Source: docs/confirm.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from analysis.confirm_gain import MENDED, UNMENDED
from analysis.points import Point
from rampart.model import JSON

BY_CHANCE = 0.05  # how likely stages without any difference may fall apart like this, at most


def failures(valid: Sequence[Point], allowed: float) -> JSON | None:
    """The mean share of requests that fail in either state, and whether those beyond `allowed` ended.

    Ended: each unmended stage lies above `allowed` and no mended one does, of so many stages that an exact permutation
    test calls it no accident. None where a state has no stage.
    """
    before, after = ([p.error_ratio for p in valid if p.stage.purpose == state] for state in (UNMENDED, MENDED))
    if not before or not after:
        return None
    apart = max(after) <= allowed < min(before)
    chance = 1 / comb(len(before) + len(after), len(before))
    return {
        "allowed": allowed, UNMENDED: float(np.mean(before)), MENDED: float(np.mean(after)),
        "ended": apart and chance < BY_CHANCE,
    }  # fmt: skip


def told(failed: JSON) -> str:
    """`7.5% of requests fail instead of 0.0%`, of what `failures` gives."""
    return f"{failed[MENDED]:.1%} of requests fail instead of {failed[UNMENDED]:.1%}"
