"""Three ways in which a cache fails, and what only looks like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_cache import busy_cache, evicting, expiring


def statuses(found: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {f.id: f.status for f in found.ranked}


def test_a_cache_that_evicts_what_is_asked_for_is_blamed_for_the_statements_behind_it(tmp_path: Path) -> None:
    found = verdict(tmp_path, evicting())
    assert found.first.id == "cache-too-small"
    assert any("→" in e.claim and "FROM tasks" in e.claim for e in found.first.evidence)


@pytest.mark.parametrize(
    "cause",
    [evicting(evicted=0.0), evicting(used=50e6), evicting(low=0.45)],
    ids=["nothing thrown out", "room left", "no better before"],
)
def test_a_low_hit_ratio_alone_is_no_small_cache(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert statuses(found).get("cache-too-small") != "supported"
    assert found.first is None or found.first.id == "slow-query"


def test_bursts_of_misses_and_of_one_statement_are_a_stampede(tmp_path: Path) -> None:
    found = verdict(tmp_path, expiring())
    assert found.first.id == "cache-stampede"
    assert any("4.0 s apart" in e.claim for e in found.first.evidence)


@pytest.mark.parametrize(
    "cause",
    [expiring(together=2.0), expiring(misses=2.0), expiring(every_s=1)],
    ids=["few compute it", "few misses", "always the same"],
)
def test_misses_without_a_crowd_are_no_stampede(tmp_path: Path, cause: Cause) -> None:
    assert "cache-stampede" not in statuses(verdict(tmp_path, cause))


@pytest.mark.parametrize("cause", [busy_cache(), busy_cache(full=0.5, command_ms=40.0)], ids=["full", "slow commands"])
def test_a_cache_server_that_is_full_or_held_up_is_named(tmp_path: Path, cause: Cause) -> None:
    assert verdict(tmp_path, cause).first.id == "cache-server"


def test_a_slow_command_is_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, busy_cache(full=0.5, command_ms=40.0))
    assert any("KEYS takes 40 ms a call" in e.claim for e in found.first.evidence)


def test_waiting_for_a_cache_that_is_not_busy_has_another_cause(tmp_path: Path) -> None:
    assert "cache-server" not in statuses(verdict(tmp_path, busy_cache(full=0.5)))


def test_a_busy_cache_that_nobody_waits_for_is_not_first(tmp_path: Path) -> None:
    found = verdict(tmp_path, busy_cache(where="downstream"))
    assert found.first.id == "downstream"
    assert found.joint == ("downstream", "cache-server")  # it is full at the same load, whoever waits for what
