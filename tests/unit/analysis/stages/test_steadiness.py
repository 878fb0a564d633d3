"""Stages in which a queue is still forming: left out where others show that what they sent does not last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.record.readings import Readings
from analysis.stages.operating_point import Point
from analysis.stages.steadiness import contradicted, rise
from rampart.model import Stage
from rampart.tables import READINGS

SECONDS = 10.0


def stages(*rows: tuple[int, float, float, float]) -> tuple[list[Point], Readings]:
    """Stages one after the other: users, requests a second, requests in flight at their begin and at their end."""
    points, at, value = [], list[float](), list[float]()
    for index, (users, rps, first, last) in enumerate(rows):
        start = 20.0 * index
        stage = Stage(index, 100, users, "coarse", start - 3, start, start + SECONDS)
        points.append(Point(stage, index, int(rps * SECONDS), 0, 10.0, rps))
        at += np.linspace(start, start + SECONDS, 11).tolist()
        value += np.linspace(first, last, 11).tolist()
    words = [pa.array([word] * len(at)).dictionary_encode() for word in ("app.in_flight", "{}")]
    columns = [pa.array(at), words[0], pa.array(value), words[1]]
    return points, Readings([pa.RecordBatch.from_arrays(columns, schema=READINGS)])


def test_the_rise_is_a_share_of_the_users() -> None:
    points, readings = stages((100, 90.0, 5.0, 25.0), (200, 150.0, 80.0, 60.0))
    assert rise(points[0], readings) == pytest.approx(0.2)
    assert rise(points[1], readings) == pytest.approx(-0.1)
    assert rise(points[0], Readings([])) is None


def test_what_piles_up_and_does_not_last_is_left_out() -> None:
    points, readings = stages((120, 112, 4, 5), (240, 215, 18, 34), (400, 286, 70, 137), (274, 150, 140, 138))
    found = contradicted(points, readings)
    assert {points[i].users: other.users for i, other in found.items()} == {240: 274, 400: 274}


@pytest.mark.parametrize(
    "rows",
    [
        [(120, 112, 4, 5), (240, 144, 60, 110), (151, 130, 60, 10)],  # a plateau that fewer users reach as well
        [(240, 215, 18, 20), (274, 150, 140, 138)],  # nothing piles up: the target changed, which another check tells
        [(240, 215, 18, 34), (274, 200, 70, 70)],  # little less
        [(240, 215, 18, 34), (274, 150, 100, 138)],  # the other piles up as well
        [(15, 13.7, 4, 5.5), (13, 10, 3, 3)],  # as two counts of about a hundred differ
    ],
    ids=["a plateau", "no pile", "little", "both pile up", "few requests"],
)
def test_what_is_borne_out_or_has_another_cause_stays(rows: list[tuple[int, float, float, float]]) -> None:
    assert contradicted(*stages(*rows)) == {}


def test_a_target_that_tells_nothing_of_its_requests_keeps_all_stages() -> None:
    points, _ = stages((240, 215, 18, 34), (274, 150, 140, 138))
    assert contradicted(points, Readings([])) == {}
