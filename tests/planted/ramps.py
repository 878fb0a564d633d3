"""Ramps through a planted system: which users are tried, and what noisy windows would have been measured there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rampart.windows import StageWindows
from tests.planted.networks import Truth

SCALED = 0.85


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


def equal_steps(last: float, count: int) -> list[int]:
    """`count` user counts from `last / count` to `last`."""
    return sorted({max(1, round(last * step / count)) for step in range(1, count + 1)})


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


def there_and_back(
    truth: Truth, coarse: Sequence[int], noise: Noise, windows: int, rng: np.random.Generator
) -> list[StageWindows]:
    """The coarse ramp, then a return: three stages that bisect between what still scaled and what did not, by what was
    measured so far and not by the truth, and a repeat of each end; only the last stage again if all of them scaled."""
    stages = measure(truth, coarse, noise, windows, rng)
    bracket = _bracket(stages)
    for _ in range(3):
        if bracket is None:
            return stages + measure(truth, [coarse[-1]], noise, windows, rng)
        stages += measure(truth, [round(float(np.sqrt(bracket[0] * bracket[1])))], noise, windows, rng)
        bracket = _bracket(stages)
    return stages + measure(truth, list(bracket), noise, windows, rng) if bracket else stages


def _bracket(stages: Sequence[StageWindows]) -> tuple[int, int] | None:
    """The first user count with less than 0.85 of the throughput per user of the lowest ones, and the one below it."""
    per_user = {s.users: float(s.throughput_rps.mean()) / s.users for s in stages}
    users = sorted(per_user)
    unloaded = float(np.median([per_user[u] for u in users[:2]]))
    for below, above in pairwise(users):
        if per_user[above] < SCALED * unloaded:
            return int(below), int(above)
    return None
