"""What is said to come next, on recordings: the limit that is left, and the remedies in turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rampart.verdict import Verdict

RECORDINGS = Path(__file__).parents[3] / "recordings"
VerdictOf = Callable[[Path], Verdict]


@pytest.mark.parametrize("name", ["app-pool", "missing-index", "sync-work", "n-plus-one", "event-loop-blocked"])
def test_the_next_limit_lies_where_the_first_remedy_raises_the_knee_to(name: str, verdict_of: VerdictOf) -> None:
    verdict = verdict_of(RECORDINGS / name)
    step, nearest = verdict.predicted_ladder[0], verdict.next[0]
    assert step.finding == verdict.first.id
    assert nearest.users == pytest.approx(step.users.value)
    assert len({row.id for row in verdict.next}) == len(verdict.next)
    assert nearest.resource not in (verdict.resource, "unseen") or nearest.resource == "host cpu"


def test_a_pool_close_behind_the_first_limit_is_the_next_to_mend(verdict_of: VerdictOf) -> None:
    first, second, *_ = verdict_of(RECORDINGS / "http-cache-missing-before-few-connections").predicted_ladder
    assert (second.finding, second.users.value > first.users.value) == ("db-connections", True)


def test_a_pool_that_is_held_for_the_first_limit_is_relieved_with_it(verdict_of: VerdictOf) -> None:
    verdict = verdict_of(RECORDINGS / "cache-server-inside-transactions")
    assert "app-pool" in verdict.first.consequences
    assert verdict.next[0].id not in ("app-pool", "cache-server")


@pytest.mark.parametrize("name", ["app-pool", "app-cpu", "slow-query", "idle-in-transaction"])
def test_the_sentence_says_what_the_remedy_buys(name: str, verdict_of: VerdictOf) -> None:
    verdict = verdict_of(RECORDINGS / name)
    bought, users = verdict.first.gain, verdict.first.limit_users
    assert 1 < bought.low < bought.value < bought.high
    assert f"from {users:.0f} to about {users * bought.value:.0f} users" in verdict.sentence


@pytest.mark.parametrize(("name", "condition"), [("event-loop-blocked", True), ("app-pool", False)])
def test_a_gain_is_conditional_where_no_full_server_was_seen(name: str, condition: bool, verdict_of: VerdictOf) -> None:
    assert ("If this is the cause, its remedy" in verdict_of(RECORDINGS / name).sentence) is condition


@pytest.mark.parametrize(
    ("name", "full"),
    [("slow-query", "host cpu"), ("app-pool", "pool"), ("primary-reads", "db processor"), ("sync-work", None)],
)
def test_what_is_full_stands_beside_what_can_be_mended(name: str, full: str | None, verdict_of: VerdictOf) -> None:
    assert verdict_of(RECORDINGS / name).resource == full


def test_more_processes_are_not_advised_on_a_full_host(verdict_of: VerdictOf) -> None:
    ranked = verdict_of(RECORDINGS / "http-cache-missing-on-a-full-host").ranked
    assert "more processes on it bring nothing" in next(f for f in ranked if f.id == "app-cpu").remedy.text
    room = verdict_of(RECORDINGS / "app-cpu").first
    assert room.remedy.text.startswith("Run more application processes")


def test_what_is_not_waited_for_has_no_gain(verdict_of: VerdictOf) -> None:
    rows = [f for f in verdict_of(RECORDINGS / "lagging-replica").ranked if f.id == "replica-lag"]
    assert [f.gain for f in rows] == [None]


def test_processes_that_are_killed_no_more_leave_the_host_to_be_filled(verdict_of: VerdictOf) -> None:
    for name in ("memory-leak", "memory-leak-killed-every-few-seconds"):
        verdict = verdict_of(RECORDINGS / name)
        assert verdict.first.gain.value > 1.1
        assert verdict.next[0].resource == "host cpu"
