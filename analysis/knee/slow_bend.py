"""A curve that bends slowly and still rises has no knee yet: told from one that levels off by which explains it better.

The rival of the curve with two asymptotes is `X = slope N / (1 + N / K)^q`: Amdahl's law at `q` = 1 (K is one over the
serial share), growth without end below. Both are weighed by the same stages, with level and drift integrated out.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from analysis.knee.fitted_stages import DRIFT, DRIFT_SPREAD, FittedStages
from analysis.knee.saturation_curve import SOFTNESS, SOFTNESS_SPREAD, log_shape
from rampart.windows import Floats

BENDS = np.array([0.4, 0.55, 0.7, 0.85, 1.0])  # q
KNEES = 80  # points of the grid over ln K and ln N*
BEYOND, BELOW = 3.0, 0.2  # they are sought from a fifth of the first stage to three times the last
# Where each stage is a single window nothing shows its noise: all of it is drift, and how much is told by the fit.
UNKNOWN_NOISE, UNKNOWN_SPREAD = 0.045, 1.0
# A slow bend must be fifty times as likely; of 980 planted ramps that pass their knee three were (docs/method.md).
CLEARLY = 4.0
STILL_RISES = 0.05  # what the last doubling of the users added, as a share of throughput


def last_doubling(ramp: FittedStages) -> float | None:
    """The share that the last doubling of users added, where a slow bend explains the stages clearly better."""
    ends = np.log(ramp.users[0] * BELOW), np.log(ramp.users[-1] * BEYOND)
    knees = np.exp(np.linspace(*ends, KNEES))[:, None]
    soft = -0.5 * (np.log(SOFTNESS) / SOFTNESS_SPREAD) ** 2
    levelling = _log_evidence(ramp, log_shape(ramp.users, knees, SOFTNESS)) + soft - logsumexp(soft)
    bend = _log_evidence(ramp, np.log(ramp.users) - BENDS[:, None] * np.log1p(ramp.users / knees[:, None]))
    bend -= np.log(len(BENDS))
    if logsumexp(bend) - logsumexp(levelling) < CLEARLY:
        return None
    last = ramp.users[-1]
    added = 2 * ((1 + last / 2 / knees) / (1 + last / knees)) ** BENDS - 1
    share = float((np.exp(bend - logsumexp(bend)) * added).sum())
    return share if share > STILL_RISES else None


def _log_evidence(ramp: FittedStages, shape: Floats) -> Floats:
    """How likely the stages are under each curve, as a logarithm; `shape` is (..., stages)."""
    variance, usual, spread = ramp.variance, ramp.usual_drift, DRIFT_SPREAD
    if not ramp.noise_is_seen:
        variance, usual, spread = np.zeros_like(variance), UNKNOWN_NOISE, UNKNOWN_SPREAD
    residual = ramp.log_x - shape
    weighed = []
    for drift in DRIFT:
        each = variance + drift**2
        total = float((1 / each).sum())
        misfit = (residual**2 / each).sum(-1) - (residual / each).sum(-1) ** 2 / total
        prior = -0.5 * (np.log(drift / usual) / spread) ** 2
        weighed.append(-0.5 * (misfit + float(np.log(2 * np.pi * each).sum()) + np.log(total)) + prior)
    return np.asarray(logsumexp(weighed, axis=0), dtype=np.float64)
