"""The pairs of `make chaos` cover, and each states beforehand what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.chaos.chaos_page import cells, deviates, page, read_page
from tests.acceptance.chaos.commands import COMMANDS, MOMENTS
from tests.acceptance.chaos.covering import pairs, uncovered
from tests.acceptance.chaos.faults._fault import Expected
from tests.acceptance.chaos.found import COMMANDS_OF, FAULTS, all_pairs
from tests.acceptance.chaos.pair import judge
from tests.acceptance.chaos.seen import Seen

WANTED = {
    "hang", "restart", "garbage", "half bodies", "closed connections", "storm 429", "storm 500", "database restart",
    "cache restart", "disk full", "SIGKILL", "SIGHUP", "SIGTERM", "Ctrl-C twice",
}  # fmt: skip


def test_every_fault_meets_each_command_and_moment_and_every_command_each_moment() -> None:
    chosen = all_pairs()
    assert set(FAULTS) == WANTED
    assert uncovered(COMMANDS_OF, chosen) == set()
    assert len(chosen) == len(set(chosen)) < 50


def test_what_is_not_covered_is_seen() -> None:
    chosen = [pair for pair in all_pairs() if pair[0] != "hang" or pair[2] != "late"]
    assert ("hang", "late") in uncovered(COMMANDS_OF, chosen)
    assert uncovered(COMMANDS_OF, [pair for pair in all_pairs() if pair[1:] != ("seed", "middle")])
    one = {"a": ("seed",), "b": ("seed", "ramp")}
    assert uncovered(one, pairs(one)) == {("ramp", moment) for moment in MOMENTS} - {
        ("ramp", moment) for _, command, moment in pairs(one) if command == "ramp"
    }


def test_each_pair_says_beforehand_what_must_come_of_it() -> None:
    for fault, command, moment in all_pairs():
        expected = FAULTS[fault].of(command, moment)
        assert expected.exits and expected.shown and moment in COMMANDS[command].moments
        assert "None" not in expected.shown


def test_the_page_is_read_back_as_it_was_written() -> None:
    well = Seen("hang", "ramp", "late", "`target_failed`, exit 1", 1, "complete", "target_failed", "nothing")
    odd = Seen("SIGHUP", "seed", "early", "exit 4", 0, lost="3 rows", told=["a|b"], quiet_s=0.4)
    odd.deviations = ["exit 0", "lines\nof it"]
    rows = [cells(odd), cells(well)]
    assert read_page(page(rows, ["* one run", "* another"])) == (rows, ["* one run", "* another"])
    assert [deviates(row) for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("seen", "deviations"),
    [
        ({}, []),
        ({"exit": 4}, ["exit 4"]),
        ({"ended": "failed"}, ["the run is failed"]),
        ({"verdict": "bottleneck"}, ["the outcome is bottleneck"]),
        ({"verdict": None}, ["the outcome is None"]),
    ],
)
def test_exit_code_run_and_verdict_are_each_compared_with_what_was_expected(
    seen: dict[str, Any], deviations: list[str]
) -> None:
    expected = Expected((1,), ("target_failed",), ("complete",))
    row = Seen(
        "hang", "ramp", "late", expected.shown, **{"exit": 1, "ended": "complete", "verdict": "target_failed", **seen}
    )
    judge(expected, "", row)
    assert row.deviations == deviations
