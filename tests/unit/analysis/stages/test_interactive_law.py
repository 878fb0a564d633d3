"""N = X (R + Z): what is put into a closed system comes out of its law again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from analysis.stages.interactive_law import efficiency, little_error, per_user, stuck, think_time

UNLOADED_S, THINK_S = 0.05, 1.0


@dataclass(frozen=True)
class Stage:
    users: int
    seconds: float
    requests: int
    mean_ms: float


def stage(users: int, latency_s: float, seconds: float = 60.0, share_ended: float = 1.0) -> Stage:
    """Users who wait for so long and think for a second; fewer of their requests end where some are stuck."""
    sent = users * seconds / (latency_s + THINK_S)
    return Stage(users, seconds, round(sent * share_ended), 1000 * latency_s)


def test_the_think_time_of_all_stages_is_what_users_do_not_wait() -> None:
    assert think_time([stage(10, 0.05), stage(100, 0.4), stage(400, 3.0)]) == pytest.approx(THINK_S, rel=0.01)
    assert think_time([]) == 0.0
    assert think_time([Stage(1, 10.0, 10, 2000.0)]) == 0.0  # they cannot think for less than no time


@pytest.mark.parametrize("latency_s", [0.05, 0.3, 1.0, 4.0])
def test_the_efficiency_is_the_throughput_over_that_of_users_who_never_wait(latency_s: float) -> None:
    one, free = stage(50, latency_s), stage(50, UNLOADED_S)
    assert efficiency(one, UNLOADED_S, THINK_S) == pytest.approx(per_user(one) / per_user(free), rel=0.01)


def test_requests_that_are_stuck_are_counted_for_their_latency_is_not_known_yet() -> None:
    one, half = stage(50, 0.05), stage(50, 0.05, share_ended=0.5)
    assert not stuck(one, THINK_S)
    assert efficiency(one, UNLOADED_S, THINK_S) == pytest.approx(1.0, abs=0.01)
    assert stuck(half, THINK_S)
    assert efficiency(half, UNLOADED_S, THINK_S) == pytest.approx(0.5, abs=0.01)


def test_few_requests_could_be_missing_by_chance() -> None:
    assert not stuck(stage(5, 0.05, seconds=10.0, share_ended=0.7), THINK_S)
    assert stuck(stage(500, 0.05, seconds=10.0, share_ended=0.7), THINK_S)


def test_a_target_that_answers_nothing_is_not_efficient() -> None:
    dead = Stage(50, 10.0, 0, 0.0)
    assert stuck(dead, THINK_S)
    assert efficiency(dead, UNLOADED_S, THINK_S) == 0.0


def test_more_than_the_users_can_send_shows() -> None:
    assert little_error(stage(50, 0.3), THINK_S) == pytest.approx(0.0, abs=0.01)
    assert little_error(stage(50, 0.3, share_ended=1.3), THINK_S) == pytest.approx(0.3, abs=0.01)
