"""A curve that bends slowly and still rises has no knee; one that levels off keeps its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.knee.estimate import find_knee
from rampart.windows import StageWindows
from tests.planted.cases import cases

DOUBLING = (1, 2, 4, 8, 16, 32, 64, 128)
AMDAHL = dict(zip(DOUBLING, (20.0, 38.1, 69.6, 118.5, 182.9, 251.0, 308.4, 348.3), strict=True))
# Measured by others: a ray tracer on 1 to 64 processors (data set of the R package usl, after Gunther).
RAYTRACER = {1: 20, 4: 78, 8: 130, 12: 170, 16: 190, 20: 200, 24: 210, 28: 230, 32: 260, 48: 280, 64: 310}


def stages(points: dict[int, float], windows: int = 1, noise: float = 0.0) -> list[StageWindows]:
    rng = np.random.default_rng(1)
    return [StageWindows(float(n), x * np.exp(noise * rng.normal(size=windows))) for n, x in points.items()]


def law(rate: Callable[[int], float]) -> dict[int, float]:
    return {n: rate(n) for n in DOUBLING}


@pytest.mark.parametrize(
    "points",
    [AMDAHL, RAYTRACER, law(lambda n: 20 * n**0.7), law(lambda n: 50 * float(np.log1p(n)))],
    ids=["serial-share", "ray-tracer", "power", "logarithm"],
)
def test_a_curve_that_still_rises_has_no_knee_but_a_lower_bound(points: dict[int, float]) -> None:
    estimate = find_knee(stages(points))
    assert estimate.value is None and estimate.at_least == max(points)
    assert estimate.reason is not None and "bends slowly and still rises" in estimate.reason
    assert estimate.max_throughput_rps == pytest.approx(max(points.values()))


def test_the_noise_of_windows_does_not_hide_it() -> None:
    estimate = find_knee(stages(AMDAHL, windows=8, noise=0.05))
    assert estimate.value is None and estimate.at_least == 128


@pytest.mark.parametrize(
    "points",
    [
        law(lambda n: min(10.0 * n, 190.0)),
        law(lambda n: 200.0 * n / (n + 19) if n < 16 else 92.0),
        {1: 10, 2: 20, 4: 39, 8: 78, 16: 149.25, 32: 195.02, 64: 190.95, 128: 180},
    ],
    ids=["sharp", "flat-beyond", "falls"],
)
def test_a_curve_that_levels_off_or_falls_keeps_its_knee(points: dict[int, float]) -> None:
    assert find_knee(stages(points)).value is not None


def test_planted_ramps_are_hardly_ever_taken_for_slow_bends() -> None:
    found = [find_knee(case.stages).reason or "" for case in cases(47_000, 70, (1.2, 3.0))]
    assert sum("bends slowly" in reason for reason in found) <= 1


def test_a_ramp_that_ends_on_the_straight_line_says_above_what_the_knee_lies() -> None:
    estimate = find_knee(stages({n: 10.0 * n for n in DOUBLING}))
    assert estimate.value is None and estimate.at_least is not None and 64 < estimate.at_least <= 128 * 1.25
