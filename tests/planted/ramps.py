"""Ramps through a planted system: which users are tried, and what noisy windows would have been measured there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.knee import StageWindows
from tests.planted.networks import Truth


@dataclass(frozen=True, slots=True)
class Noise:
    """Log-normal error: `window` is drawn for each window, `stage` once for all the windows of a stage."""

    window: float
    stage: float


CLEAN = Noise(window=0.08, stage=0.03)
HIGH = Noise(window=0.25, stage=0.10)


def geometric(last: float, ratio: float, count: int) -> list[int]:
    """`count` user counts ending at `last`, each `ratio` times the one before; repeats after rounding are dropped."""
    users = [max(1, round(last / ratio**back)) for back in range(count - 1, -1, -1)]
    return sorted(set(users))


def bisecting(last: float, ratio: float, count: int, knee: float, rng: np.random.Generator) -> list[int]:
    """A coarse ramp, then a return: three stages around the knee in random order, and one repeat on each side."""
    coarse = geometric(last, ratio, count)
    near = [max(1, round(knee * factor)) for factor in (0.87, 1.0, 1.15)]
    below = max([u for u in coarse if u < knee], default=coarse[0])
    above = min([u for u in coarse if u > knee], default=coarse[-1])
    back = [*near, below, above]
    return coarse + [back[i] for i in rng.permutation(len(back))]


def measure(
    truth: Truth, users: Sequence[int], noise: Noise, windows: int, rng: np.random.Generator
) -> list[StageWindows]:
    """What `windows` measuring windows at each of `users` would show, in the order given."""
    counts: NDArray[np.int64] = np.asarray(users, dtype=np.int64)
    exact = truth.throughput(counts)
    stage = rng.normal(0.0, noise.stage, len(counts))
    window = rng.normal(0.0, noise.window, (len(counts), windows))
    rows = exact[:, None] * np.exp(stage[:, None] + window)
    return [StageWindows(users=float(u), throughput_rps=row) for u, row in zip(counts, rows, strict=True)]
