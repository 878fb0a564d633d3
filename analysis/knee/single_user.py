"""The lowest stage of a ramp, which nobody has to run: one user, whom nothing keeps waiting.

A lone user takes `R0 + Z` from one request to the next, so `X(1) = 1 / (R0 + Z)` by the interactive response time law.
`Z` is what the generator gave in the ramp, `R0` what the requests of the ramp took when the profile sent them alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import thresholds
from analysis.knee.fitted_stages import OneUser
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point


def one_user(
    profile: Sequence[Point], ramp: Sequence[Point], requests: Requests, think_s: float | None
) -> OneUser | None:
    """The throughput of one user, from a ramp's stages by rising users and the profile of the same level.

    None where it cannot be told: users who do not think alike in all stages, endpoints that the profile did not send,
    or a lowest stage in which requests fail (the throughput of a stage is that of requests which succeed).
    """
    if think_s is None or not profile or not ramp or ramp[0].error_ratio > thresholds.ALONE_FAILED:
        return None
    sent = requests.count[[p.index for p in ramp]].sum(0)
    alone = [p.index for p in profile]
    count, latency_ms = requests.count[alone].sum(0), requests.latency_ms[alone].sum(0)
    seen = count > 0
    if sent[seen].sum() < thresholds.ALONE_SEEN * sent.sum():
        return None
    unloaded_s = float(np.average(latency_ms[seen] / count[seen], weights=sent[seen])) / 1000
    cycle_s = unloaded_s + think_s
    error = np.hypot(thresholds.ALONE_ERROR, thresholds.ALONE_LATENCY_ERROR * unloaded_s / cycle_s)
    return OneUser(1 / cycle_s, float(error))
