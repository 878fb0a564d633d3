"""More than the users can have sent: a count is wrong, or what had piled up before the stage ended in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.stages.validity import _fault
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
