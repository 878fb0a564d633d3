"""How many knees anybody could find: the most powerful test there is, told the noise and the shape of the curve.

Two simple hypotheses, a straight line and the true curve, each up to a factor, and log-normal errors of a known size:
by Neyman and Pearson no rule that invents as few knees finds more. Ours is told neither the noise nor the curve.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from tests.planted.cases import Case

INVENTED = 0.02  # false alarms that are allowed


def most_that_can_be_found(ramps: Sequence[Case]) -> float:
    """The mean power over ramps that pass the knee, at `INVENTED` false alarms."""
    return float(np.mean([norm.cdf(_separation(case) - norm.ppf(1 - INVENTED)) for case in ramps]))


def _separation(case: Case) -> float:
    """The distance of the curve from the nearest line, in standard deviations of the best statistic."""
    users = np.array([stage.users for stage in case.stages])
    windows = np.array([len(stage.throughput_rps) for stage in case.stages])
    weight = 1 / (case.error.stage**2 + case.error.window**2 / windows)
    bend = np.log(np.array(case.exact_rps) / users)
    bend -= np.average(bend, weights=weight)
    return float(np.sqrt(np.sum(weight * bend**2)))
