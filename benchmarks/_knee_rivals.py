"""Other ways to find a knee, each as its users would call it: stages in, users or None out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from kneed import KneeLocator
from numpy.typing import NDArray
from ruptures import Dynp
from scipy.optimize import curve_fit

from rampart.windows import StageWindows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """A knee in users, with an interval where the method gives one."""

    value: float | None
    low: float | None = None
    high: float | None = None


def _curve(stages: Sequence[StageWindows]) -> tuple[Floats, Floats]:
    """Users in rising order and the mean throughput there, repeats joined."""
    users = np.unique([s.users for s in stages])
    means = [np.mean(np.concatenate([s.throughput_rps for s in stages if s.users == u])) for u in users]
    return users, np.array(means)


def _initial_cost(users: Floats, throughput: Floats) -> float:
    """Think and response time of a lone user, `N / X`, from the first two stages."""
    return float(np.median((users / throughput)[:2]))


def kneedle(stages: Sequence[StageWindows]) -> Answer:
    """The largest distance of the normalised curve above its diagonal (Satopaa et al. 2011)."""
    users, throughput = _curve(stages)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = KneeLocator(users, throughput, curve="concave", direction="increasing", S=1.0).knee
    return Answer(None if found is None else float(found))


def change_point(stages: Sequence[StageWindows]) -> Answer:
    """One break in the throughput per user, least squares; the knee is halfway (in logarithm) across the break.

    Throughput itself is a series of steps up to the knee, so a change point in it means nothing.
    """
    users, throughput = _curve(stages)
    at = Dynp(model="l2", min_size=1, jump=1).fit((throughput / users).reshape(-1, 1)).predict(n_bkps=1)[0]
    return Answer(float(np.sqrt(users[at - 1] * users[at])))


def two_segments(stages: Sequence[StageWindows]) -> Answer:
    """Two free straight lines that meet, least squares over a grid of meeting points."""
    users, throughput = _curve(stages)
    grid = np.linspace(users[0], users[-1], 202)[1:-1]
    misfits = []
    for knee in grid:
        design = np.column_stack((np.ones_like(users), users, np.maximum(users - knee, 0.0)))
        fitted = design @ np.linalg.lstsq(design, throughput, rcond=None)[0]
        misfits.append(float(((throughput - fitted) ** 2).sum()))
    return Answer(float(grid[int(np.argmin(misfits))]))


def usl(stages: Sequence[StageWindows]) -> Answer:
    """Gunther's universal scalability law; the knee is its peak, None when it has none."""
    users, throughput = _curve(stages)

    def law(n: Floats, rate: float, contention: float, crosstalk: float) -> Floats:
        return rate * n / (1.0 + contention * (n - 1.0) + crosstalk * n * (n - 1.0))

    start = (throughput[0] / users[0], 0.01, 1e-5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (_, contention, crosstalk), _ = curve_fit(law, users, throughput, p0=start, bounds=(0, np.inf))
    except RuntimeError:
        return Answer(None)
    if crosstalk <= 1e-12 or contention >= 1.0:
        return Answer(None)
    return Answer(float(np.sqrt((1.0 - contention) / crosstalk)))


def operational_bounds(stages: Sequence[StageWindows]) -> Answer:
    """`Xmax (R0 + Z)` with the highest stage for `Xmax` and the first two stages for `R0 + Z`."""
    users, throughput = _curve(stages)
    return Answer(float(throughput.max() * _initial_cost(users, throughput)))


def sharp_hinge(stages: Sequence[StageWindows], draws: int = 400) -> Answer:
    """The study's: a sharp hinge on logarithms up to the peak, a bootstrap of windows and drift, its 0.9 rule."""
    rng = np.random.default_rng(0)
    users = np.array([s.users for s in stages])
    means = np.log([s.throughput_rps.mean() for s in stages])
    error = np.array([np.log(s.throughput_rps).std(ddof=1) / np.sqrt(len(s.throughput_rps)) for s in stages])
    order = np.argsort(users, kind="stable")
    users, means, error = users[order], means[order], error[order]
    kept = slice(0, max(2, int(np.argmax(means))) + 1)
    grid = np.linspace(np.log(users[0]), np.log(users[-1] * 1.5), 300)
    curves = np.minimum(np.log(users[kept]), grid[:, None])
    curves -= curves.mean(axis=1, keepdims=True)
    best = _closest(curves, means[None, kept])[0]
    residual = means[kept] - means[kept].mean() - curves[best]
    drift = max(0.02, 1.4826 * float(np.median(np.abs(residual - np.median(residual)))))
    again = means + rng.normal(size=(draws, len(means))) * np.sqrt(error**2 + drift**2)
    knees = np.exp(grid[_closest(curves, again[:, kept])])
    cost = np.median(np.log(users[:2]) - again[:, :2], axis=1)
    if float(np.quantile(np.exp(again[:, -1] + cost) / users[-1], 0.975)) >= 0.9:
        return Answer(None)
    return Answer(float(np.exp(grid[best])), float(np.quantile(knees, 0.025)), float(np.quantile(knees, 0.975)))


def _closest(curves: Floats, rows: Floats) -> NDArray[np.intp]:
    """For each row the curve with the least squared distance, levels apart; `curves` are centred."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(np.argmin((curves**2).sum(axis=1) - 2.0 * centred @ curves.T, axis=1), dtype=np.intp)


RIVALS = {
    "sharp hinge": sharp_hinge,
    "operational": operational_bounds,
    "two segments": two_segments,
    "Kneedle": kneedle,
    "ruptures": change_point,
    "USL peak": usl,
}
