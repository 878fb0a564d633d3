"""Work is lost no more where no accident puts the stages apart like that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.experiment.lost_work import describe, jobs_lost, requests_lost
from analysis.stages.operating_point import Point
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
    lost = requests_lost(stages(unmended=unmended, mended=mended), 0.01)
    assert lost is not None and lost["ended"] is ended


def test_jobs_are_lost_by_which_queues_grow() -> None:
    """Two queues, of which one is worked off while the other grows: that does not make up for it."""
    shrinks = {"slope_per_s": -1.0, "completed_per_s": float("nan")}
    slopes = {"unmended": 0.5, "mended": 0.0}
    points = [
        replace(p, queues={"mail": {"slope_per_s": slopes[p.stage.purpose], "completed_per_s": 2.0}, "export": shrinks})
        for p in stages(unmended=[0.0] * 4, mended=[0.0] * 4)
    ]
    lost = jobs_lost(points)
    assert lost is not None and (lost["unmended"], lost["mended"], lost["ended"]) == (0.2, 0.0, True)
    assert describe(lost) == "0.0% of jobs pile up instead of 20.0%"
    assert jobs_lost(stages(unmended=[0.1] * 4, mended=[0.1] * 4)) is None  # no queue is known


def test_what_was_not_measured_in_both_states_is_not_told() -> None:
    assert requests_lost(stages(unmended=[0.1]), 0.01) is None


def test_both_shares_are_told() -> None:
    lost = requests_lost(stages(unmended=[0.05, 0.10], mended=[0.0, 0.002]), 0.01)
    assert lost is not None and describe(lost) == "0.1% of requests fail instead of 7.5%"
