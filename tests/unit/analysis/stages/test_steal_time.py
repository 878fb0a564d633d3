"""Stages of which the hypervisor took a part count where that part does not explain how little was done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.knee.ramp_windows import windows
from analysis.record.requests import WINDOWS, Requests
from analysis.stages.operating_point import Point
from analysis.stages.steal_time import bounded, fault
from tests.unit.analysis.stages.test_steadiness import stages


def taken(*rows: tuple[int, float, float, float]) -> list[Point]:
    """Stages: users, requests a second, and the shares of the machine that were busy and that the hypervisor took."""
    points, _ = stages(*((users, rps, 0.0, 0.0) for users, rps, _, _ in rows))
    judged = [
        replace(point, utilisation={"host cpu": busy, "stolen cpu": stolen})
        for point, (_, _, busy, stolen) in zip(points, rows, strict=True)
    ]
    return [replace(point, why_invalid=fault(point)) for point in judged]


BELOW = (60, 58.0, 0.6, 0.07)


def test_too_little_even_without_the_hypervisor_counts_with_the_most_that_it_could_have_been() -> None:
    below, spoiled = bounded(taken(BELOW, (96, 58.0, 0.75, 0.15)))
    assert below.at_most == 1.0
    assert spoiled.why_invalid is None
    assert spoiled.at_most == pytest.approx(1.2)


@pytest.mark.parametrize(
    "rows",
    [
        [BELOW, (96, 70.0, 0.6, 0.15)],  # all of it may be the hypervisor's
        [BELOW, (96, 58.0, 0.4, 0.4)],
        [BELOW, (96, 58.0, 0.0, 0.4)],  # it is not known how busy it was
        [BELOW, (96, 2.0, 0.75, 0.15)],  # too few to tell
        [(60, 58.0, 0.6, 0.2), (96, 58.0, 0.75, 0.15)],  # nothing to compare it with
        [BELOW, (96, 58.0, 0.75, 0.15), (120, 112.0, 0.75, 0.02)],  # more users show more
    ],
    ids=["little", "half of it", "not read", "few", "alone", "contradicted"],
)
def test_otherwise_it_is_left_out(rows: list[tuple[int, float, float, float]]) -> None:
    spoiled = bounded(taken(*rows))[1]
    assert spoiled.why_invalid is not None
    assert spoiled.why_invalid.startswith("the hypervisor took ")
    assert spoiled.at_most == 1.0


def test_what_has_another_fault_is_left_out_with_it() -> None:
    points = taken(BELOW, (96, 58.0, 0.75, 0.15))
    points[1] = replace(points[1], why_invalid="the app was restarted in it")
    assert bounded(points) == points


def test_the_knee_sees_the_most_that_it_could_have_been() -> None:
    _, spoiled = bounded(taken(BELOW, (96, 58.0, 0.75, 0.15)))
    requests = Requests([spoiled.stage], ["GET /page"])
    requests.window_ok = np.full((2, WINDOWS), 580 // WINDOWS)
    requests.window_latency_ms = requests.window_ok * 700.0
    seen = windows(replace(spoiled, at_most=1.0), requests).throughput_rps
    assert windows(spoiled, requests).throughput_rps == pytest.approx(seen * 1.2)
