"""Failures have ended where no accident puts the stages apart like that."""

from __future__ import annotations

import pytest

from analysis.confirm_failures import failures, told
from analysis.points import Point
from rampart.model import Stage


def stages(**shares: list[float]) -> list[Point]:
    """A stage of a thousand requests for each share that failed, by state."""
    return [
        Point(Stage(0, 100, 200, state, 0.0, 0.0, 10.0), 0, 1000, round(1000 * share), 1.0, 100.0)
        for state, several in shares.items()
        for share in several
    ]


@pytest.mark.parametrize(
    ("unmended", "mended", "ended"),
    [
        ([0.05, 0.10, 0.05, 0.04], [0.0, 0.0, 0.01, 0.0], True),
        ([0.05, 0.10, 0.05, 0.04], [0.0, 0.0, 0.011, 0.0], False),  # one mended stage breaks the objective
        ([0.05, 0.10, 0.05, 0.01], [0.0, 0.0, 0.0, 0.0], False),  # one unmended stage keeps it
        ([0.05, 0.10, 0.05, 0.04], [0.04, 0.0, 0.06, 0.02], False),
        ([0.05, 0.10, 0.05], [0.0, 0.0, 0.0, 0.0], True),  # 1 in 35
        ([0.05, 0.10, 0.05], [0.0, 0.0, 0.0], False),  # 1 in 20
    ],
)
def test_each_stage_must_stand_on_its_own_side(unmended: list[float], mended: list[float], ended: bool) -> None:
    failed = failures(stages(unmended=unmended, mended=mended), 0.01)
    assert failed is not None and failed["ended"] is ended


def test_what_was_not_measured_in_both_states_is_not_told() -> None:
    assert failures(stages(unmended=[0.1]), 0.01) is None


def test_both_shares_are_told() -> None:
    failed = failures(stages(unmended=[0.05, 0.10], mended=[0.0, 0.002]), 0.01)
    assert failed is not None and told(failed) == "0.1% of requests fail instead of 7.5%"
