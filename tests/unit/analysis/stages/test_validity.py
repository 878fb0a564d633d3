"""More than the users can have sent: a count is wrong, or what had piled up before the stage ended in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.record.scenario import ScenarioNotes
from analysis.stages.operating_point import Point
from analysis.stages.validity import _fault, checks
from rampart.model import Stage
from tests.unit.analysis.stages.test_steadiness import stages


@pytest.mark.parametrize(
    ("first", "last", "mean_ms", "said"),
    [
        (117.0, 53.0, 700.0, "what had piled up before it flowed off in it"),
        (60.0, 60.0, 700.0, "17% more was sent than 240 users can send (N = X(R+Z))"),
        (117.0, 53.0, 450.0, None),
    ],
)
def test_a_stage_that_answers_more_than_it_was_sent(
    first: float, last: float, mean_ms: float, said: str | None
) -> None:
    (point,), readings = stages((240, 180.0, first, last))
    assert _fault(replace(point, mean_ms=mean_ms, think_s=0.86), 0.86, readings) == said


def test_stages_of_few_requests_are_left_out_with_a_word() -> None:
    points = [
        Point(Stage(i, 100, users, "coarse", 20.0 * i, 20.0 * i + 3, 20.0 * i + 15), i, n, 0, 900.0, n / 12)
        for i, (users, n) in enumerate([(2, 12), (4, 24), (9, 60)])
    ]
    few = [one for one in checks(points, Requests([]), Readings([]), [], ScenarioNotes()) if one.name == "requests"]
    assert [(one.ok, one.fatal) for one in few] == [(False, False)]
    assert "2 of 3 stages had fewer than 30 requests and are left out (12 at 2 users, 24 at 4 users)" in few[0].claim
    others = checks(points[2:], Requests([]), Readings([]), [], ScenarioNotes())
    assert "requests" not in [one.name for one in others]
