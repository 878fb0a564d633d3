"""When two throughputs differ: by more than chance explains, and by more than means anything."""

from __future__ import annotations

import math

from analysis import thresholds


def noise(one: int, other: int, deviations: float = 2.0) -> float:
    """By how much of itself the ratio of two counts may differ: so many times its standard deviation."""
    return deviations * math.sqrt(1 / max(one, 1) + 1 / max(other, 1))


def clearly_more(more: float, less: float, counts: tuple[int, int], deviations: float = 2.0) -> bool:
    """Whether a throughput lies above another by more than `CHANGED` and the noise of their counts together explain."""
    return more > less * (1 + thresholds.CHANGED) * (1 + noise(*counts, deviations))
