"""Latencies counted in buckets 2 % wide; quantiles are read off them, right to 1 %."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rampart.latency_buckets import BUCKETS, LOW_MS, STEP

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def bucket(milliseconds: NDArray[np.float32]) -> Ints:
    """The bucket of each value; what lies beyond either end is counted in the last one there."""
    place = np.fmax(milliseconds, np.float32(LOW_MS))  # NaN, which lies in no stage, is counted below all
    place /= np.float32(LOW_MS)
    np.log(place, out=place)
    place /= np.float32(STEP)
    np.minimum(place, np.float32(BUCKETS - 1), out=place)
    return place.astype(np.int64)


def quantile(counts: Ints, q: float) -> float | None:
    """A quantile in ms; None where nothing was counted."""
    total = counts.sum()
    if not total:
        return None
    index = int(np.searchsorted(np.cumsum(counts), max(q * total, 1)))
    return float(LOW_MS * np.exp((min(index, BUCKETS - 1) + 0.5) * STEP))


def quantile_interval(counts: Ints, q: float) -> tuple[float, float] | None:
    """The 95 % interval of a quantile from order statistics (binomial ranks, normal approximation)."""
    n = int(counts.sum())
    if n == 0:
        return None
    half = 1.96 * np.sqrt(q * (1 - q) / n)
    low, high = quantile(counts, max(q - half, 0.0)), quantile(counts, min(q + half, 1.0))
    return (low or 0.0, high or 0.0)
