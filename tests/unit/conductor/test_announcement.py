"""What is coming is said with the host, the users, the minutes, and how many requests that is at most."""

from __future__ import annotations

from dataclasses import replace

from conductor.announcement import announced
from conductor.load_permission import permission
from conductor.pinned_request import asked_of
from conductor.scenario_check import Scenario
from rampart.config import Target

TARGET = Target("shop", "http://127.0.0.1:8000")
ASKED = asked_of(TARGET, permission(TARGET))
READER = {"name": "Reader", "weight": 3, "fixed_count": 0}
SCENARIO = Scenario([READER, {**READER, "name": "Admin", "weight": 1}], [], {}, None, {}, {"Reader": 1.0, "Admin": 5.0})


def test_the_mean_wait_is_weighted_and_bounds_the_requests() -> None:
    assert SCENARIO.think_s == 2.0
    said = announced(ASKED, SCENARIO, 400, 8)
    assert "http://127.0.0.1:8000 (127.0.0.1): up to 400 users for about 8 min" in said
    assert "about 96,000 requests at most" in said


def test_what_cannot_be_bounded_is_said() -> None:
    assert "as many requests as are answered" in announced(
        ASKED, replace(SCENARIO, thinking=dict.fromkeys(SCENARIO.thinking, 0.0)), 10, 1
    )
    unknown = replace(SCENARIO, thinking={"Reader": 1.0, "Admin": None})
    assert "depends on the scenario's own wait times" in announced(ASKED, unknown, 10, 1)
