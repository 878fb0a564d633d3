"""What each ending means to a shell, to CI and to nightly: the table of the design, from which the page is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import outcomes_page
from rampart.exit_codes import TABLE, Ending, VerdictOutcome
from rampart.verdict import Objective, RunEnd, RunError, Verdict
from rampart.verdict_exit_code import conclusion
from tests.planted import thin

MISSED = Objective("400 users within the objective", 100, False, 240.0)
MET, UNKNOWN = replace(MISSED, met=True), replace(MISSED, met=None)
LEAK = thin.violation("tenant-leak")


def ended(outcome: str, code: int = 4) -> RunEnd:
    return RunEnd(outcome, RunError("it stopped", "so it did", code) if outcome == "failed" else None)


def verdict(outcome: VerdictOutcome, *objectives: Objective, end: RunEnd | None = None, wrong: bool = False) -> Verdict:
    violations = (LEAK,) if wrong else ()
    return thin.verdict(outcome, objectives=objectives, run=end or ended("complete"), violations=violations)


CASES = [
    # A verdict, objectives met or none set.
    (verdict("bottleneck"), 0, "pass", "yes"),
    (verdict("not_reached", MET), 0, "pass", "yes"),
    (verdict("inconclusive", UNKNOWN), 0, "pass", "yes"),
    # An objective missed.
    (verdict("bottleneck", MET, MISSED), 1, "failure", "yes"),
    (verdict("not_reached", MISSED), 1, "failure", "yes"),
    (verdict("inconclusive", MISSED), 1, "failure", "yes"),
    # The target failed.
    (verdict("target_failed"), 1, "failure", "kept"),
    (verdict("target_failed", MISSED), 1, "failure", "kept"),
    # A wrong call or scenario; not ready; our own fault: whatever was seen before.
    (verdict("invalid", end=ended("failed", 2)), 2, "error", "no"),
    (verdict("bottleneck", end=ended("failed", 3)), 3, "error", "no"),
    (verdict("bottleneck", end=ended("failed", 70), wrong=True), 70, "error", "no"),
    # Interrupted, killed, stopped, or the measurement at fault.
    (verdict("bottleneck", MISSED, end=ended("interrupted")), 4, "error", "no"),
    (verdict("target_failed", end=ended("running")), 4, "error", "no"),
    (verdict("not_reached", end=ended("failed", 4)), 4, "error", "no"),
    (verdict("bottleneck", end=RunEnd(None, None)), 4, "error", "no"),
    (verdict("generator_limited"), 4, "error", "no"),
    (verdict("invalid", MISSED), 4, "error", "no"),
    # A violation, whatever else.
    (verdict("bottleneck", wrong=True), 5, "failure", "no"),
    (verdict("invalid", MISSED, wrong=True), 5, "failure", "no"),
    (verdict("target_failed", end=ended("interrupted"), wrong=True), 5, "failure", "no"),
]


@pytest.mark.parametrize(("found", "code", "junit", "baseline"), CASES, ids=range(len(CASES)))
def test_each_ending_is_what_the_design_says(found: Verdict, code: int, junit: str, baseline: str) -> None:
    told = conclusion(found)
    assert (told.exit, told.junit, told.baseline) == (code, junit, baseline)


def test_every_row_of_the_table_is_reached_and_has_a_code_of_its_own_but_for_the_two_failures() -> None:
    assert {conclusion(found).ending for found, *_ in CASES} == set(Ending) == set(TABLE)
    codes = [row.exit for row in TABLE.values()]
    assert sorted(codes) == sorted([*set(codes), 1])


def test_the_page_has_the_table_of_today() -> None:
    text = outcomes_page.PAGE.read_text()
    assert text == outcomes_page.page(text), "run `make docs`"
    assert len(outcomes_page.table().splitlines()) == 2 + len(TABLE)


def test_the_page_tells_each_outcome() -> None:
    outcomes = {one for row in TABLE.values() if not isinstance(row.outcomes, str) for one in row.outcomes}
    text = outcomes_page.PAGE.read_text()
    assert {one for one in outcomes if f"\n| `{one}` | " not in text} == set()
