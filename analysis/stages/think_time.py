"""How long users think before a request: what the generator gave them, and whether it was alike at all loads."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from analysis.record.readings import Readings
from analysis.record.requests import WINDOWS, Requests
from rampart import metrics

_ALIKE = 0.05  # beyond what chance explains


def spread(requests: Requests, index: int, readings: Readings, start: float, end: float) -> float | None:
    """The standard deviation of one request's think time, s, as the windows of a stage differ; None: not recorded.

    Larger than that of a single thought where requests come in bunches: a page and its files share one.
    """
    edges = np.linspace(start, end, WINDOWS + 1)
    gains = [readings.increase(metrics.GENERATOR_THINK_S, a, b) for a, b in itertools.pairwise(edges)]
    sent = requests.window_ok[index].astype(float)
    if any(gain is None for gain in gains) or sent.sum() <= 0:
        return None
    thought = np.array(gains, float)
    off = thought - thought.sum() / sent.sum() * sent
    return float(np.sqrt((off**2).sum() / sent.sum() * WINDOWS / (WINDOWS - 1)))


def shared(think_s: Sequence[float], requests: Sequence[int], spreads: Sequence[float]) -> float | None:
    """The think time that all stages share, s, from that of each, its requests, and what is known of their spread.

    None where stages differ by more than chance: three standard errors of exponential thoughts, or of what the windows
    show where that is more.
    """
    think, count = np.array(think_s), np.array(requests)
    pooled = float((think * count).sum() / count.sum())
    # The median: of paced users, stages past the limit differ within themselves, for they think less then.
    relative = max(1.0, float(np.median(spreads)) / max(pooled, 1e-9)) if len(spreads) else 1.0
    alike = np.abs(think / max(pooled, 1e-9) - 1) < _ALIKE + 3 * relative / np.sqrt(count)
    return pooled if pooled > 0 and alike.all() else None
