"""What one user gets, from the profile: mixed as the ramp mixes, and not said where it cannot be known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.knee.single_user import one_user
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.model import Stage

ENDPOINTS = ["GET /fast", "GET /slow"]
STAGES = [Stage(0, 100, 1, "profile", 0, 0, 3, "fast"), Stage(1, 100, 1, "profile", 3, 3, 6, "slow"),
          Stage(2, 100, 15, "coarse", 6, 9, 21)]  # fmt: skip


def points(failed: int = 0) -> tuple[list[Point], list[Point]]:
    """Two stages of the profile, and one of the ramp."""
    made = [Point(stage, stage.index, 100, failed, 10.0, 10.0) for stage in STAGES]
    return made[:2], made[2:]


def requests(count: list[list[int]], latency_ms: list[list[float]]) -> Requests:
    return Requests(STAGES, ENDPOINTS, count=np.array(count), latency_ms=np.array(latency_ms))


SENT = requests([[100, 0], [0, 10], [75, 25]], [[1000.0, 0.0], [0.0, 4000.0], [9e9, 9e9]])


def test_the_profiles_latencies_are_mixed_as_the_ramp_mixes() -> None:
    alone = one_user(*points(), SENT, 0.9)
    assert alone is not None
    assert alone.throughput_rps == pytest.approx(1 / (0.9 + 0.75 * 0.010 + 0.25 * 0.400))


def test_the_more_of_it_is_latency_the_less_sure_it_is() -> None:
    much, little = one_user(*points(), SENT, 0.1), one_user(*points(), SENT, 10.0)
    assert much is not None and little is not None
    assert much.error > 5 * little.error


def test_an_endpoint_that_the_profile_did_not_send_leaves_it_open() -> None:
    half = requests([[100, 0], [0, 0], [75, 75]], [[1000.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    assert one_user(*points(), half, 0.9) is None


def test_without_a_think_time_a_profile_or_a_ramp_it_is_open() -> None:
    profile, ramp = points()
    assert one_user(profile, ramp, SENT, None) is None
    assert one_user([], ramp, SENT, 0.9) is None
    assert one_user(profile, [], SENT, 0.9) is None


def test_where_requests_fail_from_the_start_it_is_open() -> None:
    assert one_user(*points(failed=20), SENT, 0.9) is None
