"""The stages of a ramp that can be fitted, and how well each of them is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rampart.windows import Floats, StageWindows

ABSURD = 1e12  # users or requests/s that nobody has; such values are torn or overflowed
# The drift is log-normal around 2.5 % and a share of the window noise: what disturbs seconds disturbs minutes too.
DRIFT_LEAST, DRIFT_SHARE, DRIFT_SPREAD = 0.025, 0.15, 0.75
DRIFT = np.array([0.003, 0.01, 0.02, 0.03, 0.045, 0.065, 0.09, 0.13, 0.2])  # standard deviation of ln X between stages
WINDOW_USUAL, WINDOW_WEIGHT = 0.08, 2.0  # noise of one window, counted as two more windows: a stage may have only one
POOLED_WEIGHT = 12.0  # the noise of all stages counts as twelve windows of each: counts make low stages noisier


@dataclass(frozen=True, slots=True)
class OneUser:
    """What one user would get whom nobody keeps waiting, known from elsewhere than the stages."""

    throughput_rps: float
    error: float  # standard deviation of its logarithm, beside the drift of any stage


@dataclass(frozen=True, slots=True)
class FittedStages:
    """The usable stages by rising users: `log_x` of the mean of the windows, and its variance from window noise."""

    users: Floats
    log_x: Floats
    variance: Floats
    usual_drift: float
    from_one: bool = False  # the first is that of one user, known from elsewhere
    noise_is_seen: bool = True  # some stage has more than one window


def usable_stages(stages: Sequence[StageWindows]) -> FittedStages:
    """The stages that have users and throughput, from those windows that are finite."""
    rows = []
    for stage in stages:
        x = np.asarray(stage.throughput_rps, dtype=np.float64).ravel()
        x = x[(x >= 0) & (x < ABSURD)]
        if 0 < stage.users < ABSURD and x.sum() > 0:
            rows.append((float(stage.users), x))
    rows.sort(key=lambda row: row[0])
    means = np.array([x.mean() for _, x in rows])
    windows = np.array([len(x) for _, x in rows])
    variance = _window_variance([x for _, x in rows])
    usual = DRIFT_LEAST + DRIFT_SHARE * float(np.sqrt(np.median(variance))) if len(rows) else DRIFT_LEAST
    users, seen = np.array([u for u, _ in rows]), bool((windows > 1).any())
    return FittedStages(users, np.log(means), variance / windows, usual, noise_is_seen=seen)


def with_one_user(ramp: FittedStages, alone: OneUser) -> FittedStages:
    """The ramp with one user as its lowest stage."""
    at = int(np.searchsorted(ramp.users, 1.0))
    return replace(
        ramp,
        users=np.insert(ramp.users, at, 1.0),
        log_x=np.insert(ramp.log_x, at, np.log(alone.throughput_rps)),
        variance=np.insert(ramp.variance, at, alone.error**2),
        from_one=True,
    )


def _window_variance(windows: list[Floats]) -> Floats:
    """Variance of one window of each stage about its mean, relative to it; a stage of few windows borrows from all."""
    squares = np.array([float(((x / x.mean() - 1.0) ** 2).sum()) for x in windows])
    freedom = np.array([len(x) - 1 for x in windows])
    pooled = (squares.sum() + WINDOW_WEIGHT * WINDOW_USUAL**2) / (freedom.sum() + WINDOW_WEIGHT)
    return np.asarray((squares + POOLED_WEIGHT * pooled) / (freedom + POOLED_WEIGHT), dtype=np.float64)
