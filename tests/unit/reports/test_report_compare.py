"""Two runs side by side: only intervals that do not meet are a change, and what was not measured is not compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rampart.errors import UsageError
from rampart.finding import Interval
from rampart.runs import Run
from rampart.verdict import Verdict, VerdictOutcome
from reports.compare import compare
from reports.comparison import read_comparison, write_comparison
from tests.planted import thin, verdicts

HELD = None


def verdict(knee: tuple[float, float, float] | None, tested: int = 400, **fields: Any) -> Verdict:
    found = None if knee is None else Interval(knee[1], knee[0], knee[2])
    row = thin.capacity(1000, found, tested_users=tested)
    return thin.verdict("bottleneck" if knee else "not_reached", **{"capacity": [row], **fields})


def test_a_knee_below_all_that_was_tried_is_lower_and_not_none() -> None:
    fewer = verdict(None, capacity=[thin.capacity(1000, below_users=15)])
    assert compare(verdict((90, 100, 110)), fewer).regressed
    assert not compare(fewer, verdict((90, 100, 110))).regressed


@pytest.mark.parametrize(
    ("before", "after", "change", "ratio"),
    [
        ((90, 100, 110), (45, 50, 55), "lower", 0.5),
        ((90, 100, 110), (180, 200, 220), "higher", 2.0),
        ((90, 100, 110), (80, 91, 105), "same", 0.91),
        ((90, 100, 110), HELD, "higher", None),
        (HELD, (90, 100, 110), "lower", None),
        (HELD, (380, 410, 450), "same", None),
        (HELD, HELD, "same", None),
    ],
)
def test_a_change_needs_intervals_that_do_not_meet(before: Any, after: Any, change: str, ratio: float | None) -> None:
    told = compare(verdict(before), verdict(after))
    (level,) = told.levels
    assert level.change == change
    assert level.ratio == (None if ratio is None else pytest.approx(ratio))
    assert told.regressed == (change == "lower")
    assert ("clearly changed" in told.sentence) == (change == "same")


def test_a_shorter_ramp_does_not_look_like_a_loss() -> None:
    assert not compare(verdict(HELD, tested=400), verdict(HELD, tested=100)).regressed
    assert not compare(verdict((190, 200, 210)), verdict(HELD, tested=100)).regressed


@pytest.mark.parametrize("outcome", ["invalid", "generator_limited"])
def test_a_run_without_figures_is_not_compared(outcome: VerdictOutcome) -> None:
    spoiled = replace(verdict((1, 1, 1)), outcome=outcome)
    for pair in ((spoiled, verdict((90, 100, 110))), (verdict((90, 100, 110)), spoiled)):
        told = compare(*pair)
        assert not told.comparable
        assert not told.regressed
        assert told.sentence.startswith("Not compared:")


def test_levels_that_only_one_run_had_are_left_out() -> None:
    other = verdict(None, capacity=[thin.capacity(10, 100.0)])
    told = compare(verdict((90, 100, 110)), other)
    assert (told.comparable, told.levels) == (False, ())
    assert "no tenant level in common" in told.sentence


def test_another_first_bottleneck_is_told() -> None:
    told = compare(
        verdicts.bottleneck(), replace(verdicts.bottleneck(), first=thin.finding("app-cpu", resource="the app"))
    )
    assert told.first.changed
    assert "missing-index on public.invoice_lines (tenant_id)" in told.sentence
    assert "now app-cpu on the app" in told.sentence


def test_the_same_verdict_twice_is_no_news() -> None:
    told = compare(verdicts.bottleneck(), verdicts.bottleneck())
    assert told.comparable
    assert not told.regressed
    assert not told.first.changed
    assert [level.ratio for level in told.levels] == [None, 1.0, 1.0]


def test_a_new_violation_is_a_regression_even_where_nothing_can_be_compared() -> None:
    leak = [thin.violation("tenant-leak")]
    told = compare(verdict((90, 100, 110)), verdict((90, 100, 110), violations=leak))
    assert told.regressed
    assert told.sentence.startswith("New correctness violation: tenant-leak.")
    assert not compare(*[verdict((90, 100, 110), violations=leak)] * 2).regressed


def test_it_is_read_back_as_it_was_written_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    run, told = Run(tmp_path), compare(verdict(HELD), verdict((90, 100, 110)))
    assert read_comparison(run) is None
    write_comparison(run, told)
    assert read_comparison(run) == told
    (tmp_path / "comparison.json").write_text('{"sentence": "the knee fell"}')
    with pytest.raises(UsageError, match=r"comparison\.json is damaged") as caught:
        read_comparison(run)
    assert "without a comparison" in caught.value.remedy
