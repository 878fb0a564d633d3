"""Two runs side by side: only intervals that do not meet are a change, and what was not measured is not compared."""

from __future__ import annotations

from typing import Any

import pytest

from rampart.model import JSON
from reports.compare import compare
from tests.planted import verdicts

HELD = None


def verdict(knee: tuple[float, float, float] | None, tested: float = 400, **fields: Any) -> JSON:
    found = None if knee is None else dict(zip(("low", "value", "high"), knee, strict=True))
    row = {"tenants": 1000, "knee_users": found, "tested_users": tested}
    return {"outcome": "bottleneck" if knee else "not_reached", "capacity": [row], **fields}


def test_a_knee_below_all_that_was_tried_is_lower_and_not_none() -> None:
    fewer = verdict(None)
    fewer["capacity"][0]["below_users"] = 15
    assert compare(verdict((90, 100, 110)), fewer)["regressed"]
    assert not compare(fewer, verdict((90, 100, 110)))["regressed"]


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
    (level,) = told["levels"]
    assert level["change"] == change
    assert level["ratio"] == (None if ratio is None else pytest.approx(ratio))
    assert told["regressed"] == (change == "lower")
    assert ("clearly changed" in told["sentence"]) == (change == "same")


def test_a_shorter_ramp_does_not_look_like_a_loss() -> None:
    assert not compare(verdict(HELD, tested=400), verdict(HELD, tested=100))["regressed"]
    assert not compare(verdict((190, 200, 210)), verdict(HELD, tested=100))["regressed"]


@pytest.mark.parametrize("outcome", ["invalid", "generator_limited", "", "new-word"])
def test_a_run_without_figures_is_not_compared(outcome: str) -> None:
    spoiled = {**verdict((1, 1, 1)), "outcome": outcome}
    for pair in ((spoiled, verdict((90, 100, 110))), (verdict((90, 100, 110)), spoiled)):
        told = compare(*pair)
        assert not told["comparable"]
        assert not told["regressed"]
        assert told["sentence"].startswith("Not compared:")


def test_levels_that_only_one_run_had_are_left_out() -> None:
    other = verdict((90, 100, 110))
    other["capacity"][0]["tenants"] = 10
    told = compare(verdict((90, 100, 110)), other)
    assert (told["comparable"], told["levels"]) == (False, [])
    assert "no tenant level in common" in told["sentence"]


def test_another_first_bottleneck_is_told() -> None:
    told = compare(verdicts.bottleneck(), {**verdicts.bottleneck(), "first": {"id": "app-cpu", "resource": "the app"}})
    assert told["first"]["changed"]
    assert "missing-index on public.invoice_lines (tenant_id)" in told["sentence"]
    assert "now app-cpu on the app" in told["sentence"]


def test_the_same_verdict_twice_is_no_news() -> None:
    told = compare(verdicts.bottleneck(), verdicts.bottleneck())
    assert told["comparable"]
    assert not told["regressed"]
    assert not told["first"]["changed"]
    assert [level["ratio"] for level in told["levels"]] == [None, 1.0, 1.0]


def test_a_new_violation_is_a_regression_even_where_nothing_can_be_compared() -> None:
    leak = [{"id": "tenant-leak", "sentence": "…"}]
    told = compare(verdict((90, 100, 110)), {**verdict((90, 100, 110)), "violations": leak})
    assert told["regressed"]
    assert told["sentence"].startswith("New correctness violation: tenant-leak.")
    assert not compare(*[{**verdict((90, 100, 110)), "violations": leak}] * 2)["regressed"]
