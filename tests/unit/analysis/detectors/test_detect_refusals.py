"""Requests that are refused: by the database's last slot, by a limit that somebody set, or by something else."""

from __future__ import annotations

from pathlib import Path

from tests.planted.causes import few_slots, rate_limit, verdict


def statuses(found: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {f.id: f.status for f in found.ranked}


def test_refused_connections_at_the_last_slot_are_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, few_slots())
    assert found.first.id == "db-connections"
    assert "connection slots" in found.sentence
    assert "added latency" not in found.sentence


def test_a_pool_that_cannot_grow_waits_for_slots(tmp_path: Path) -> None:
    found = verdict(tmp_path, few_slots(refused=False, held=30.0))
    assert found.first.id == "db-connections"


def test_slots_that_are_all_taken_and_missed_by_nobody_are_suspected_at_most(tmp_path: Path) -> None:
    assert statuses(verdict(tmp_path, few_slots(refused=False))).get("db-connections") == "suspected"


def test_errors_with_slots_to_spare_have_another_cause(tmp_path: Path) -> None:
    assert "db-connections" not in statuses(verdict(tmp_path, few_slots(slots=200.0)))


def test_a_rate_limit_is_said_to_be_one(tmp_path: Path) -> None:
    found = verdict(tmp_path, rate_limit())
    assert found.first.id == "rate-limited"
    assert found.first.limit_users == 120
    assert "not what the system can do" in found.sentence


def test_other_errors_are_no_rate_limit(tmp_path: Path) -> None:
    assert "rate-limited" not in statuses(verdict(tmp_path, rate_limit(status=500)))


def test_a_limit_far_above_the_load_is_silent(tmp_path: Path) -> None:
    found = verdict(tmp_path, rate_limit(above=1e6))
    assert (found.outcome, statuses(found)) == ("not_reached", {})
