"""What comes next, predicted and seen: right names, wrong ones, ties, and users that are known or not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flawbank.climb_score import Step, bench, figures, steps, table
from rampart.finding import Interval
from rampart.prediction import PredictedLimit
from rampart.verdict import KneeFit, Verdict
from tests.planted import thin
from tests.planted.scored import ladder, rung


def limit(name: str, users: float, by: float = 1.5) -> PredictedLimit:
    """A predicted limit that is known to a factor."""
    return PredictedLimit(name, "it", users, users / by, users * by)


def shown(
    first: str | None, knee: Interval | float | None, *following: PredictedLimit, tied: Sequence[str] = ()
) -> Verdict:
    found = thin.finding(first) if first else None
    row = thin.capacity(knee=knee, knee_from=KneeFit((), 0.1, None, None, None))
    outcome = "bottleneck" if first else "not_reached"
    return thin.verdict(outcome, first=found, capacity=[row], next=following, tied_with=tied)


def climb(*ramps: Verdict) -> list[Step]:
    """Each first is mended in turn; the folders of the runs are numbers."""
    firsts = [ramp.first.id for ramp in ramps[:-1] if ramp.first]
    rungs = [rung(name, str(number), str(number + 1)) for number, name in enumerate(firsts)]
    return steps("young", ladder(rungs), lambda run: ramps[int(run)])


def only(*ramps: Verdict) -> Step:
    return climb(*ramps)[0]


def test_the_name_and_the_users_of_what_came_are_right() -> None:
    one = only(shown("app-pool", 100.0, limit("app-cpu", 210.0), limit("db-cpu", 600.0)), shown("app-cpu", 200.0))
    assert (one.mended, one.came, one.named, one.named_strictly) == ("app-pool", "app-cpu", True, True)
    assert one.sharp and one.placed
    assert "came app-cpu at 200 (180 to 220): name right, users right" in next(table([one]))


def test_another_name_is_wrong_though_its_users_are_right() -> None:
    one = only(shown("app-pool", 100.0, limit("app-cpu", 210.0), limit("db-cpu", 600.0)), shown("db-cpu", 200.0))
    assert (one.named, one.placed) == (False, True)
    assert "name WRONG, users right" in next(table([one]))


@pytest.mark.parametrize(("second", "named"), [(230.0, True), (300.0, False)])
def test_limits_that_are_predicted_together_are_a_tie(second: float, named: bool) -> None:
    one = only(shown("app-pool", 100.0, limit("app-cpu", 210.0), limit("db-cpu", second)), shown("db-cpu", 200.0))
    assert (one.named, one.named_strictly) == (named, False)


def test_what_the_verdict_cannot_tell_apart_is_a_tie() -> None:
    one = only(shown("app-pool", 100.0, limit("app-cpu", 210.0)), shown("db-cpu", 200.0, tied=["app-cpu"]))
    assert (one.named, one.named_strictly) == (True, False)


@pytest.mark.parametrize(("then", "named"), [(205.0, True), (290.0, False)])
def test_what_moves_nothing_by_itself_is_tied_with_what_is_mended_after_it(then: float, named: bool) -> None:
    one = only(
        shown("app-pool", 100.0, limit("sync-work", 200.0)), shown("workers", 200.0), shown("sync-work", then),
        shown(None, None),
    )  # fmt: skip
    assert (one.came, one.named) == ("workers", named)


def test_a_tie_ends_with_the_remedy_that_moved_the_capacity() -> None:
    ramps = [shown(name, knee) for name, knee in (("a", 90.0), ("b", 200.0), ("c", 201.0), ("d", 400.0), ("e", 401.0))]
    assert climb(*ramps)[0].tied == {"c"}


def test_users_outside_of_the_interval_are_wrong_and_so_is_an_interval_that_says_nothing() -> None:
    far = only(shown("app-pool", 100.0, limit("app-cpu", 400.0)), shown("app-cpu", 200.0))
    wide = only(shown("app-pool", 100.0, limit("app-cpu", 200.0, by=1.8)), shown("app-cpu", 200.0))
    assert (far.named, far.placed) == (True, False)
    assert (wide.named, wide.placed) == (True, False)  # 1.8 to either side is a factor of 3.2


def test_a_truth_that_is_not_sharp_is_not_scored_by_its_users() -> None:
    sure, unsure = Interval(200.0, 150.0, 300.0), Interval(200.0, 140.0, 300.0)
    before = shown("app-pool", 100.0, limit("app-cpu", 600.0))
    told = figures([only(before, shown("app-cpu", sure)), only(before, shown("app-cpu", unsure))])
    assert (told["with_successor"], told["sharp"], told["placed"]) == (2, 1, 0.0)


def test_a_system_that_is_held_has_no_successor() -> None:
    one = only(shown("app-pool", 100.0, limit("app-cpu", 210.0)), shown(None, None))
    assert one.came is None and "none up to 400: not counted" in next(table([one]))
    assert figures([one])["with_successor"] == 0


def test_what_was_mended_and_not_named_first_has_nothing_predicted_after_it_and_counts() -> None:
    """The verdict predicts what is left of the first; a second one was mended after the first had not helped."""
    runs = {"0": shown("app-cpu", 100.0, limit("db-cpu", 210.0)), "1": shown("db-cpu", 200.0)}
    (one,) = steps("young", ladder([rung("app-pool", "0", "1")]), runs.__getitem__)
    assert (one.predicted, one.named, one.placed) == ((), False, False)
    assert figures([one])["named"] == 0.0
    assert "predicted nothing" in next(table([one]))


def test_what_came_is_what_was_mended_and_not_a_first_whose_remedy_was_undone() -> None:
    """After the pool `app-cpu` was named, and its remedy moved nothing; that of `db-cpu` did."""
    runs = {
        "0": shown("app-pool", 100.0, limit("db-cpu", 210.0)), "1": shown("app-cpu", 200.0, limit("workers", 300.0)),
        "2": shown("db-cpu", 200.0), "3": shown(None, None),
    }  # fmt: skip
    told = ladder([rung("app-pool", "0", "1"), rung("db-cpu", "1", "3")], [rung("app-cpu", "1", "2")])
    first, _, undone = steps("young", told, runs.__getitem__)
    assert (first.came, first.tied, first.named) == ("db-cpu", frozenset(), True)
    assert (undone.kept, undone.came, undone.named) == (False, "db-cpu", False)
    assert "app-cpu, undone" in next(table([undone]))
    score = figures([first, undone])
    assert (score["with_successor"], score["named"], score["undone"], score["undone_named"]) == (1, 1.0, 1, 0.0)


def test_a_first_bottleneck_of_another_level_predicts_nothing_of_this_one() -> None:
    lower = thin.verdict(first=thin.finding("app-pool", tenants=10), next=[limit("app-cpu", 210.0)])
    runs = {"0": lower, "1": shown("app-cpu", 200.0)}
    assert steps("young", ladder([rung("app-pool", "0", "1")]), runs.__getitem__)[0].predicted == ()


@pytest.mark.parametrize(("right", "met"), [(6, True), (5, False)])
def test_the_goals_are_a_share_of_at_least_eight_rungs(right: int, met: bool) -> None:
    good = only(shown("app-pool", 100.0, limit("app-cpu", 210.0)), shown("app-cpu", 200.0))
    bad = only(shown("app-pool", 100.0, limit("app-cpu", 500.0)), shown("db-cpu", 200.0))
    goals = bench(figures([good] * right + [bad] * (8 - right)))["goals"]
    assert goals == {"with_successor": [8, True], "named": [0.7, met], "placed": [0.7, met]}
    assert not bench(figures([good] * 7))["goals"]["with_successor"][1]


def test_no_climb_meets_no_goal() -> None:
    assert not any(met for _, met in bench(figures([]))["goals"].values())
