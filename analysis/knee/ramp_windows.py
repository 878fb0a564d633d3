"""The measuring windows of a ramp's stages, as the fit of the knee takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.record.requests import WINDOWS, Requests
from analysis.stages.interactive_law import stuck
from analysis.stages.operating_point import Point
from analysis.stages.think_time import shared
from rampart.windows import StageWindows


def steady_think(points: Sequence[Point]) -> float | None:
    """The think time per request in seconds that all stages share; None where stages differ (paced users think less
    when answers are slow) or where it was not recorded."""
    think = [p.think_s for p in points if p.think_s is not None and p.requests]
    if not think or len(think) < len(points):
        return None
    return shared(think, [p.requests for p in points], [p.think_sd for p in points if p.think_sd is not None])


def windows(point: Point, requests: Requests, think_s: float | None = None) -> StageWindows:
    """The throughput of a stage's measuring windows, shape (WINDOWS,), for the knee.

    With the think time known it is N/(R+Z), by the interactive response time law: counting completions adds the noise
    of when people happened to click, which in a short stage hides the bend. Where requests are stuck, they are counted;
    where some kind of them still piles up, what will last of that; where the hypervisor took a part, the most that the
    stage could have done without it.
    """
    ok = requests.window_ok[point.index].astype(float)
    latency = requests.window_latency_ms[point.index] / 1000
    means = np.divide(latency, ok, out=np.full(WINDOWS, np.nan), where=ok > 0)
    rates = ok / (point.seconds / WINDOWS)
    if point.lasting < 1.0:
        rates = rates * point.lasting
    elif think_s is not None and not stuck(point, think_s):
        rates = np.where(ok > 0, point.users / (means + think_s) * (1 - point.error_ratio), rates)
    return StageWindows(float(point.users), rates * point.at_most, means)
