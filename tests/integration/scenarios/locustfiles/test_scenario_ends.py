"""What a scenario does at its ends is done: exceptions anywhere are counted, each event comes once, and to its end."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conductor.console import Console
from conductor.tenant_level import TenantLevelRun
from conductor.timing import QUICK
from rampart.errors import NotReady
from tests.integration.scenarios.locustfiles.conftest import LOCUSTFILES, Driven, driving


def words(told: Path) -> list[str]:
    return [line.rpartition(" ")[0] for line in told.read_text().splitlines()]


def test_each_event_of_a_scenario_comes_once_and_its_teardown_is_awaited(any_path: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    environment = {"TOLD": str(told), "CLEANING_S": "3"}
    with driving(tmp_path, any_path, LOCUSTFILES / "ends.py", environment) as driven:
        driven.load.steer(users=3, spawn_rate=100)
        assert driven.listen(lambda: driven.users == 3 and driven.requests > 20), driven.log()
        before = words(told)
    assert before == ["init", "test_start"]
    after = words(told)[2:]
    assert Counter(after) == {
        "test_stopping": 1, "on_stop": 3, "on_stop of the task set": 3, "test_stop": 1, "cleaned": 1, "quitting": 1,
        "quit": 1,
    }, after  # fmt: skip
    assert after[-4:] == ["test_stop", "cleaned", "quitting", "quit"]
    assert driven.said == ["the scenario cleans up (on_stop, test_stop), for at most 15 s"]
    sent = Counter(row["endpoint"] for row in driven.rows())
    assert (sent["POST /sign-in"], sent["POST /sign-out"]) == (3, 3)


def test_a_teardown_that_does_not_end_is_ended_and_told(any_path: str, tmp_path: Path) -> None:
    environment = {"TOLD": str(tmp_path / "told"), "CLEANING_S": "600"}
    with driving(tmp_path, any_path, LOCUSTFILES / "ends.py", environment, patience_s=1.5) as driven:
        assert driven.listen(lambda: driven.requests > 0), driven.log()
    assert "cleaned" not in words(tmp_path / "told")
    assert driven.notes("cut_off") == [{"kind": "cut_off", "seconds": 1.5}]
    assert driven.rows()


def test_exceptions_are_counted_wherever_a_scenario_raises_them(any_path: str, tmp_path: Path) -> None:
    with driving(tmp_path, any_path, LOCUSTFILES / "raises.py") as driven:
        driven.load.steer(users=10, spawn_rate=100)
        assert driven.listen(lambda: driven.requests > 60), driven.log()
    found = {(row["said"], row["place"].partition(",")[0]): row["count"] for row in driven.notes("exception")}
    once = {
        ("RuntimeError: in test_start", "begin (raises.py"),
        ("KeyError: 'access_token'", "on_start (raises.py"),
        ("RuntimeError: in on_stop", "on_stop (raises.py"),
        ("RuntimeError: in on_stop of a task set", "on_stop (raises.py"),
        ("RuntimeError: in a greenlet of its own", "poll (raises.py"),
    }
    often = {
        ("KeyError: 'items'", "first_item (raises.py"),
        ("AssertionError: AssertionError", "broken (raises.py"),
        ("RuntimeError: in wait_time", "wait_time (raises.py"),
        ("RuntimeError: in a request listener", "look (raises.py"),
        ("Silent: Silent", "textless (raises.py"),
        ("ZeroDivisionError: division by zero", "<lambda> (raises.py"),  # when Locust logs the one before
        ("ValueError: within catch_response", "withdrawn (raises.py"),
    }
    assert found.keys() == once | often
    assert {key for key, count in found.items() if count == 1} >= once


def level(driven: Driven) -> TenantLevelRun:
    quiet: Any = SimpleNamespace(check=lambda: None)
    return TenantLevelRun(
        0, driven.run, driven.clock, driven.load, quiet, Console(), QUICK, 60.0, 15, 400, itertools.count()
    )


def test_a_scenario_whose_users_all_die_at_once_is_not_ready(any_path: str, tmp_path: Path) -> None:
    with (
        driving(tmp_path, any_path, LOCUSTFILES / "dies_at_once.py") as driven,
        pytest.raises(NotReady, match=r"KeyError: 'access_token' in on_start \(dies_at_once.py, line 9\)"),
    ):
        level(driven)._await_first_requests()


def test_a_listener_of_init_that_raises_ends_the_load_before_its_first_request(any_path: str, tmp_path: Path) -> None:
    with (
        driving(tmp_path, any_path, LOCUSTFILES / "raises.py", {"RAISE_IN_INIT": "1"}) as driven,
        pytest.raises(NotReady, match=r"before its first request.*RuntimeError: in init"),
    ):
        level(driven)._await_first_requests()
