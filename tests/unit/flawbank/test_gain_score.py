"""Predicted gains beside seen ones: what is right, what is wrong, what is at least so much, and what tells nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from flawbank.first_limit import FirstLimit, first_limit
from flawbank.gain_score import Gained, bench, best_constant, figures, gained, table
from rampart.finding import Interval
from rampart.verdict import KneeFit, Verdict, VerdictOutcome
from tests.planted import thin

FITTED = KneeFit((), 0.1, None, None, None)


def with_flaw(gain: Interval | None = None, *, knee: float = 100.0, limit: float = 100.0) -> Verdict:
    found = thin.finding("app-pool", limit_users=limit, gain=gain)
    return thin.verdict(first=found, ranked=[found], capacity=[thin.capacity(knee=knee)])


def without(knee: float | None, outcome: VerdictOutcome = "bottleneck") -> Verdict:
    return thin.verdict(outcome, capacity=[thin.capacity(knee=knee, knee_from=FITTED)])


def pair(gain: Interval | None, knee: float | None) -> Gained:
    return gained("app-pool", "app-pool", 100, with_flaw(gain), without(knee))


TWICE = Interval(2.0, 1.6, 2.5)


@pytest.mark.parametrize(
    ("knee", "seen", "exact", "covered"),
    [
        (200.0, 2.0, True, True),
        (160.0, 1.6, True, True),
        (300.0, 3.0, True, False),
        (100.0, 1.0, True, False),
        (None, 4.0, False, False),  # held up to 400, and the interval does not reach so far
    ],
)
def test_a_seen_gain_lies_inside_the_interval_or_not(knee: float, seen: float, exact: bool, covered: bool) -> None:
    one = pair(TWICE, knee)
    assert (one.measured, one.exact, one.covered) == (True, exact, covered)
    assert one.seen == pytest.approx(seen)
    assert one.error == pytest.approx(math.log(2 / seen))


def test_a_knee_that_is_not_reached_is_a_lower_bound_that_the_interval_must_reach() -> None:
    assert pair(Interval(3.0, 2.0, 4.5), None).covered
    assert pair(Interval(9.0, 8.0, 9.9), None).covered  # it predicts more than was tried
    assert not pair(Interval(3.0, 2.0, 3.9), None).covered


def test_a_prediction_is_of_the_first_knee_though_the_limit_of_its_finding_lies_elsewhere() -> None:
    """A finding at 120 users that is raised by half ends at 180: 1.8 times the knee of 100."""
    one = gained("x", "app-pool", 100, with_flaw(Interval(1.5, 1.0, 2.0), limit=120.0), without(180.0))
    assert one.predicted is not None
    assert [one.predicted.value, one.predicted.low, one.predicted.high] == pytest.approx([1.8, 1.2, 2.4])
    assert one.error == pytest.approx(0.0)


def test_the_gain_is_taken_of_the_flaw_whatever_is_named_first() -> None:
    verdict = with_flaw(TWICE)
    other = replace(verdict, first=thin.finding("app-cpu"), ranked=(thin.finding("app-cpu"), *verdict.ranked))
    one = gained("app-pool", "app-pool", 100, other, without(200.0))
    assert (one.named, one.predicted) == (False, TWICE)


def test_a_known_limit_of_jobs_is_the_first_where_it_comes_first() -> None:
    row = thin.capacity(knee=300.0, queue_knee_users=thin.interval(150.0))
    assert first_limit(thin.verdict(capacity=[row]), 100) == FirstLimit(thin.interval(150.0))


@pytest.mark.parametrize(
    "mended",
    [
        without(None, "invalid"),
        without(None, "target_failed"),  # it was not held up to there
        without(200.0, "generator_limited"),
        thin.verdict(capacity=[thin.capacity(below_users=15.0, knee_from=FITTED)]),
        thin.verdict(capacity=[thin.capacity()]),  # too few stages: nothing was fitted
        thin.verdict(capacity=[thin.capacity(1000, 200.0)]),
    ],
    ids=["invalid", "failed", "generator", "below", "unfitted", "another-level"],
)
def test_a_ramp_that_tells_no_limit_measures_no_gain(mended: Verdict) -> None:
    one = gained("app-pool", "app-pool", 100, with_flaw(TWICE), mended)
    assert not one.measured and not one.exact
    assert "NOT MEASURED" in next(table([one]))
    assert figures([one])["not_measured"] == ["app-pool"]


def test_a_generator_at_its_end_bounds_the_gain_from_below() -> None:
    one = gained("app-pool", "app-pool", 100, with_flaw(TWICE), without(None, "generator_limited"))
    assert one.measured and not one.exact and one.seen == 4.0


def test_a_flaw_that_does_not_bite_measures_nothing() -> None:
    one = gained("app-pool", "app-pool", 100, without(None, "not_reached"), without(None, "not_reached"))
    assert not one.measured


def test_a_gain_that_is_not_predicted_is_an_infinite_error_outside_of_every_interval() -> None:
    rows = [pair(None, 200.0)] * 2 + [pair(TWICE, 200.0)]
    told = figures(rows)
    assert (told["median_ln_error"], told["covered"]) == (None, pytest.approx(1 / 3))
    assert told["not_predicted"] == ["app-pool"] * 2
    assert bench(told)["goals"]["median_ln_error"] == [0.25, False]


def test_lower_bounds_count_for_the_intervals_and_not_for_the_median() -> None:
    rows = [pair(TWICE, 200.0), pair(TWICE, 220.0), pair(TWICE, None)]
    told = figures(rows)
    assert (told["flaws"], told["lower_bounds"]) == (3, 1)
    assert told["median_ln_error"] == pytest.approx(math.log(1.1) / 2)
    assert told["covered"] == pytest.approx(2 / 3)


def test_the_best_constant_is_that_of_the_middle_half() -> None:
    assert best_constant([2.0] * 5) == 0.0
    assert best_constant([1.0, 4.0]) == pytest.approx(math.log(2), rel=0.01)
    assert best_constant([2.0, 2.0, 2.0, 50.0]) == pytest.approx(0.0, abs=0.01)


def test_all_goals_are_met_by_thirteen_right_narrow_predictions_of_gains_that_differ() -> None:
    seen = [1.2 * 1.2**number for number in range(13)]
    right = [pair(Interval(1.1 * g, 0.9 * g, 1.4 * g), 100 * g) for g in seen]
    assert all(met for _, met in bench(figures(right))["goals"].values())
    goals = {name: met for name, (_, met) in bench(figures(right[:12]))["goals"].items()}
    assert goals == {**dict.fromkeys(goals, True), "flaws": False}
    alike = [pair(Interval(1.1 * g, 0.9 * g, 1.4 * g), 100 * g) for g in [2.0, *[2.02] * 12]]
    goals = {name: met for name, (_, met) in bench(figures(alike))["goals"].items()}
    assert goals == {**dict.fromkeys(goals, True), "half_of_best_constant": False}


def test_wide_intervals_cover_everything_and_miss_the_goal_of_the_width() -> None:
    goals = bench(figures([pair(Interval(2.0, 0.5, 8.0), 100.0 * n) for n in range(1, 4)]))["goals"]
    assert (goals["covered"][1], goals["median_width"][1]) == (True, False)


def test_nothing_measured_meets_no_goal() -> None:
    assert not any(met for _, met in bench(figures([]))["goals"].values())


def test_the_noise_of_the_knees_is_told_beside_the_strict_share() -> None:
    just_outside = pair(Interval(2.0, 1.8, 2.2), 230.0)
    assert not just_outside.covered and just_outside.overlapping
    far = pair(Interval(2.0, 1.8, 2.2), 400.0)
    assert not far.covered and not far.overlapping
