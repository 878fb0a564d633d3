"""The knee of a staged ramp, where throughput stops following the users: with an interval, or why there is none.

The knee is where the two asymptotes of the throughput curve cross: `N* = Xmax / slope`, the `Xmax (R0 + Z)` of the
operational laws. `docs/method.md` derives the method and holds the measurements behind each constant.

Model of stage `s`: `ln X_s = ln slope + ln N* + shape(N_s; N*, k) + drift_s + noise_s`. `shape` is a hinge whose corner
is as round as that of a server with finite users (`k` = 1; 0 is the sharp hinge). Noise is known from the windows;
drift, shared by all the windows of a stage, is not, and repeats of a stage show it directly. Everything unknown but the
knee is integrated out on a grid, and so is the stage after which throughput falls (those beyond say only that).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from analysis.knee.fitted_stages import DRIFT, DRIFT_SPREAD, FittedStages, OneUser, usable_stages, with_one_user
from analysis.knee.saturation_curve import SOFTNESS, SOFTNESS_SPREAD, log_shape
from analysis.knee.slow_bend import last_doubling
from rampart.windows import Floats, StageWindows

LEAST_STAGES = 3
# A knee is reported when it lies more likely inside the ramp than beyond it, and at most with a probability of 0.2
# beyond 1.25 times the last stage, and below the first; measured in docs/method.md, "When a knee is reported".
FAR, DOUBT = 1.25, 0.2

FALLING = 0.5  # prior probability that throughput falls somewhere within the ramp
BEYOND, BELOW = 3.0, 0.2  # the knee is sought from a fifth of the first stage to three times the last
COARSE, FINE = 80, 120  # points of the two grids over ln N*


@dataclass(frozen=True, slots=True)
class KneeEstimate:
    """The knee in users with its 95 % interval, or the reason why there is none (then `value`, `low`, `high` are None).

    `high` may lie beyond the last stage: the ramp then bounds the knee only from below.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str | None
    max_throughput_rps: float | None  # the fitted plateau if there is a knee, otherwise the best stage seen
    efficiency_last: float | None  # throughput of the last stage over what its users would get at the initial slope
    efficiency_last_high: float | None = None  # upper end of its 95 % interval
    probability_inside: float | None = None  # that the knee lies below the last stage
    slope_rps_per_user: float | None = None  # throughput per user far below the knee, 1 / (R0 + Z)
    drift: float | None = None  # standard deviation of ln X between stages that no window shows
    falling: float | None = None  # probability that throughput falls within the ramp
    below: float | None = None  # users of the first stage, if the knee lies below it
    at_least: float | None = None  # where the ramp did not reach the knee: 97.5 % that it lies above so many users


@dataclass(frozen=True, slots=True)
class _Posterior:
    """Probability of each (drift, cut, knee, softness), shape (T, E, K, S), and the level `ln slope + ln N*` there."""

    log_knee: Floats
    probability: Floats
    level: Floats
    level_sd: Floats  # (T, E, 1, 1)

    def of_knee(self) -> Floats:
        return np.asarray(self.probability.sum(axis=(0, 1, 3)), dtype=np.float64)

    def quantile(self, share: float) -> float:
        p = self.of_knee()
        return float(np.exp(np.interp(share, np.cumsum(p) - 0.5 * p, self.log_knee)))


def find_knee(
    stages: Sequence[StageWindows], *, alone: OneUser | None = None, seed: int = 0, draws: int = 1000
) -> KneeEstimate:
    """The knee of a ramp given by its stages, in any order; stages at equal users are repeats.

    `alone` is the lower end of the curve: with it the slope is known even where the first stage lies beyond the knee.
    Windows that are not finite, and stages without users or without throughput, are left out. `draws` samples of the
    posterior, taken with `seed`, give the intervals of slope, plateau and efficiency. Never raises on degenerate data.
    """
    ramp = usable_stages(stages)
    best = float(np.exp(ramp.log_x.max())) if len(ramp.users) else None
    if best is None:
        return _none("no stage that counts served any request", None)
    distinct = len(np.unique(ramp.users))
    if distinct < LEAST_STAGES:
        return _none(f"{distinct} stage(s) with different user counts; at least {LEAST_STAGES} are needed", best)
    if alone is not None:
        ramp = with_one_user(ramp, alone)
    first, last = np.log(max(ramp.users[0] * BELOW, 1.0)), np.log(ramp.users[-1] * BEYOND)
    coarse = _posterior(ramp, np.linspace(first, last, COARSE))
    fine = _posterior(ramp, _zoom(coarse))
    return _judge(ramp, fine, best, np.random.default_rng(seed), max(draws, 100))


def _none(reason: str, best: float | None) -> KneeEstimate:
    return KneeEstimate(None, None, None, reason, best, None)


def _zoom(coarse: _Posterior) -> Floats:
    """A finer grid over where the probability is."""
    step = coarse.log_knee[1] - coarse.log_knee[0]
    low, high = np.log(coarse.quantile(0.0005)) - step, np.log(coarse.quantile(0.9995)) + step
    return np.linspace(max(low, coarse.log_knee[0]), min(high, coarse.log_knee[-1]), FINE)


def _posterior(ramp: FittedStages, log_knee: Floats) -> _Posterior:
    """Weigh every combination by the data; the level is integrated out in closed form (flat prior on `ln slope`)."""
    shape = log_shape(ramp.users, np.exp(log_knee)[:, None], SOFTNESS)  # (K, S, stages)
    ends, prior = _cuts(ramp, log_knee)
    prior = prior[:, :, None] - 0.5 * (np.log(SOFTNESS) / SOFTNESS_SPREAD) ** 2
    residual = ramp.log_x - shape
    log_p, level, level_sd = [], [], []
    for drift in DRIFT:
        variance = ramp.variance + drift**2
        total, first, second = (_running(a, ends) for a in (1 / variance, residual / variance, residual**2 / variance))
        misfit = second - first**2 / total[:, None, None]
        evidence = -0.5 * (misfit + (_running(np.log(2 * np.pi * variance), ends) + np.log(total))[:, None, None])
        log_p.append(evidence + prior - 0.5 * (np.log(drift / ramp.usual_drift) / DRIFT_SPREAD) ** 2)
        level.append(first / total[:, None, None])
        level_sd.append(total[:, None, None] ** -0.5)
    weight = np.exp(np.array(log_p) - np.max(log_p))
    return _Posterior(log_knee, weight / weight.sum(), np.array(level), np.array(level_sd))


def _running(values: Floats, ends: NDArray[np.intp]) -> Floats:
    """Sums over the stages up to each of `ends`; the axis of the stages becomes the first one."""
    return np.moveaxis(np.cumsum(values, axis=-1)[..., ends], -1, 0)


def _cuts(ramp: FittedStages, log_knee: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The stages after which throughput may fall for good, and the log prior of each, shape (E, K).

    What lies beyond a cut is not on the curve: anything from level with its best stage to e times lower is equally
    likely, higher only as far as noise explains it, and the knee cannot lie beyond the first stage that fell. After one
    user alone it may fall too: then no stage shows the best, which is that of the knee.
    """
    last = len(ramp.users) - 1
    ends = np.flatnonzero(np.append(np.diff(ramp.users) > 0, True))
    ends = ends[ends >= (0 if ramp.from_one else 1)]
    prior = np.empty((len(ends), len(log_knee)))
    noise = np.sqrt(2.0 * (ramp.variance + ramp.usual_drift**2))
    for row, end in zip(prior, ends, strict=True):
        if end == last:
            row[:] = np.log(1.0 - FALLING)
            continue
        best = ramp.log_x[: end + 1].max() if end else ramp.log_x[0] + log_knee[:, None]
        fall = best - ramp.log_x[end + 1 :]
        # It may begin anywhere on a scale of ratios, and stages lie about a factor of two apart.
        room = 1.0 if end else max(np.log2(ramp.users[1]), 1.0)
        row[:] = np.log(FALLING / (len(ends) - 1) * room) + log_ndtr(fall / noise[end + 1 :]).sum(axis=-1)
        row[log_knee > np.log(ramp.users[end + 1])] = -np.inf
    return ends, prior


def _judge(ramp: FittedStages, post: _Posterior, best: float, rng: np.random.Generator, draws: int) -> KneeEstimate:
    knee, slope, efficiency, falling = _sample(ramp, post, rng, draws)
    p = post.of_knee()
    inside = float(p[post.log_knee < np.log(ramp.users[-1])].sum())
    known = {
        "efficiency_last": float(np.median(efficiency)),
        "efficiency_last_high": float(np.quantile(efficiency, 0.975)),
        "probability_inside": inside,
        "slope_rps_per_user": float(np.median(slope)),
        "drift": float(post.probability.sum(axis=(1, 2, 3)) @ DRIFT),
        "falling": float(falling.mean()),
    }
    if float(p[post.log_knee < np.log(ramp.users[0])].sum()) > 1.0 - DOUBT:
        first = float(ramp.users[0])
        flat = f"throughput is flat from the first stage ({first:g} users) on: the knee lies below it; start lower"
        return KneeEstimate(None, None, None, flat, best, below=first, **known)
    value, low, high = (post.quantile(share) for share in (0.5, 0.025, 0.975))
    reason = _why_not(ramp, p, post.log_knee, efficiency)
    if reason is not None:
        return KneeEstimate(None, None, None, reason, best, at_least=low, **known)
    added = last_doubling(ramp)
    if added is not None:
        return KneeEstimate(None, None, None, _rising(ramp, added), best, at_least=float(ramp.users[-1]), **known)
    return KneeEstimate(value, low, high, None, float(np.median(slope * knee)), **known)


def _why_not(ramp: FittedStages, p: Floats, log_knee: Floats, efficiency: Floats) -> str | None:
    last = ramp.users[-1]
    inside, far = (float(p[log_knee < np.log(edge)].sum()) for edge in (last, last * FAR))
    if inside > 0.5 and 1.0 - far < DOUBT:
        return None
    median, low, high = np.quantile(efficiency, (0.5, 0.025, 0.975))
    seen = f"the last stage ({last:g} users) still has an efficiency of {median:.2f} (95 %: {low:.2f} to {high:.2f})"
    return f"not reached: {seen}, and the probability that the knee lies below it is {inside:.2f}"


def _rising(ramp: FittedStages, added: float) -> str:
    last = f"{np.exp(ramp.log_x[-1]):.4g} requests/s at {ramp.users[-1]:g} users"
    return (
        f"not reached: throughput bends slowly and still rises ({last}; the last doubling of users added {added:.0%})"
    )


def _sample(
    ramp: FittedStages, post: _Posterior, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Draws of the knee, the slope, the last efficiency, and whether throughput falls; each shape (draws,)."""
    edges = np.cumsum(post.probability)
    chosen = np.minimum(np.searchsorted(edges, rng.random(draws) * edges[-1]), edges.size - 1)
    drift, cut, at, soft = np.unravel_index(chosen, post.probability.shape)
    knee = np.exp(post.log_knee[at])
    level = post.level.ravel()[chosen] + rng.normal(size=draws) * post.level_sd[drift, cut, 0, 0]
    slope = np.exp(level) / knee
    falling = cut < post.probability.shape[1] - 1
    on_curve = log_shape(ramp.users[-1:], knee, SOFTNESS[soft])[:, 0] + np.log(knee / ramp.users[-1])
    seen = ramp.log_x[-1] - np.log(slope * ramp.users[-1])
    return knee, slope, np.exp(np.where(falling, seen, on_curve)), falling
