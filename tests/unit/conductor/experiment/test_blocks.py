"""The loads of an experiment: raised where the limit turns out to lie higher than the ramp saw it."""

from __future__ import annotations

import pytest

from conductor.console import Console
from conductor.experiment.blocks import Suspect, once_or_twice, raised, slope_of
from conductor.stage_plan import FinishedStage
from rampart.verdict import KneeFit
from tests.planted.thin import capacity, verdict

VERDICT = verdict(capacity=[capacity(knee=100.0, knee_from=KneeFit((), None, None, 0.9, None))])
DISK, JOBS = Suspect("db-io", 100), Suspect("workers", 100)


def tried(users: int, rps: float) -> list[FinishedStage]:
    return [FinishedStage(users, 0.5, 0.0, False, round(rps * 8), 8.0, "trial")]


@pytest.mark.parametrize(
    ("rps", "most", "expected"),
    [
        (90.0, 400, [130, 170]),  # 0.59 of what 170 users would get: limited
        (140.0, 400, [195, 255]),  # 0.92: the limit lies higher than the ramp saw it
        (140.0, 200, [195, 200]),
        (140.0, 170, [170]),
    ],
)
def test_loads_are_raised_where_the_trial_showed_too_little_of_a_limit(
    rps: float, most: int, expected: list[int]
) -> None:
    assert raised([130, 170], tried(170, rps), slope_of(VERDICT, DISK), most) == expected


def test_without_a_known_start_of_the_curve_and_for_jobs_they_stay() -> None:
    assert slope_of(VERDICT, JOBS) is None
    assert raised([130, 170], tried(170, 150.0), None, 400) == [130, 170]
    assert slope_of(verdict(), DISK) is None


@pytest.mark.parametrize(("undecided", "times"), [(False, 1), (True, 2)])
def test_blocks_come_once_more_where_they_left_it_undecided_and_never_again(undecided: bool, times: int) -> None:
    assert list(once_or_twice(("a", "b"), lambda: undecided, Console())) == ["a", "b"] * times


def test_it_is_asked_when_all_blocks_have_run() -> None:
    seen: list[str] = []
    for state in once_or_twice(("a", "b"), lambda: seen == ["a", "b"], Console()):
        seen.append(state)
    assert seen == ["a", "b", "a", "b"]
