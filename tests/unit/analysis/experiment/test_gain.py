"""What is done with and without a remedy stands in the ratio that is told, however many stages can be trusted."""

from __future__ import annotations

import math

import pytest

from analysis.experiment.gain import Rate, describe, gain
from analysis.stages.operating_point import Point
from rampart.model import Stage


def rates(state: str, done: dict[int, list[float]]) -> list[Rate]:
    """Work per second by users, a stage each."""
    return [
        Rate(Point(Stage(0, 100, users, state, 0.0, 0.0, 10.0), 0, 100, 0, 1.0, per_s), math.log(per_s))
        for users, several in done.items()
        for per_s in several
    ]


def test_a_stage_that_cannot_be_trusted_shifts_neither_side() -> None:
    """Of the mended and of the unmended stages at 177 users one is missing: those at 135 must not count twice."""
    mended, unmended = {135: [95.0, 101.0], 177: [71.0]}, {135: [83.0, 87.0], 177: [87.0]}
    ratio = gain(rates("mended", mended) + rates("unmended", unmended))
    assert ratio is not None
    assert ratio["value"] == pytest.approx(math.sqrt(math.sqrt(95 * 101) / math.sqrt(83 * 87) * 71 / 87))
    assert ratio["mended"] / ratio["unmended"] == pytest.approx(ratio["value"])
    assert describe(ratio).startswith("at 135 and 177 users 83.4 requests/s instead of 86 (×0.97, ")


def test_a_load_that_one_side_lacks_is_left_out() -> None:
    ratio = gain(rates("mended", {100: [90.0, 90.0], 200: [150.0]}) + rates("unmended", {100: [60.0]}))
    assert ratio is not None
    assert (ratio["users"], ratio["mended"], ratio["unmended"]) == ([100], pytest.approx(90), pytest.approx(60))
    assert gain(rates("mended", {100: [90.0, 90.0]}) + rates("unmended", {200: [60.0, 60.0]})) is None


def test_without_a_repeat_nothing_is_known_of_the_noise() -> None:
    """One stage of either state: a placebo once came to x0.70 (0.58 to 0.84) so."""
    assert gain(rates("mended", {158: [37.4]}) + rates("unmended", {158: [53.7]})) is None
    assert gain(rates("mended", {158: [37.4, 74.1]}) + rates("unmended", {158: [53.7]})) is not None
