"""The pairs of `make chaos` cover, and each states beforehand what must come of it."""

from __future__ import annotations

from tests.acceptance.chaos.commands import COMMANDS, MOMENTS
from tests.acceptance.chaos.covering import pairs, uncovered
from tests.acceptance.chaos.found import COMMANDS_OF, FAULTS, all_pairs

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
