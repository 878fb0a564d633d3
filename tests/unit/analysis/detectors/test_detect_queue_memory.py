"""Jobs that come back and memory that does not: told from too few workers, and from filling up once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_queue_memory import failing_jobs, killed, leak


def by_id(found: dict) -> dict[str, dict]:  # type: ignore[type-arg]
    return {f.id: f for f in found.ranked}


def test_jobs_that_come_back_are_the_cause_and_few_workers_their_consequence(tmp_path: Path) -> None:
    found = verdict(tmp_path, failing_jobs())
    assert found.first.id == "queue-retries"
    assert found.first.consequences == ("workers",)
    assert "jobs pile up" in found.sentence
    assert by_id(found)["workers"].why_not_first == "it is a consequence of queue-retries"


@pytest.mark.parametrize(
    "cause",
    [failing_jobs(retried=1.5, arriving=0.3), failing_jobs(retried=8.0, kept=1.0)],
    ids=["few fail", "they fail for good"],
)
def test_workers_that_are_too_few_without_retries_are_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first.id == "workers"
    assert "queue-retries" not in by_id(found) or by_id(found)["queue-retries"].status == "suspected"


def test_workers_between_two_short_jobs_are_too_few_all_the_same(tmp_path: Path) -> None:
    found = verdict(tmp_path, failing_jobs(retried=0.0, arriving=0.3, busy=0.8))
    assert found.first.id == "workers"


def test_workers_that_finish_nothing_are_halted_and_not_too_few(tmp_path: Path) -> None:
    found = verdict(tmp_path, failing_jobs(retried=0.0, arriving=0.3, made=0.0, busy=0.0))
    assert by_id(found)["workers"].status == "suspected"


def test_workers_of_another_queue_do_not_give_way(tmp_path: Path) -> None:
    found = verdict(tmp_path, failing_jobs(other_growth=5.0))
    assert (found.first.id, found.first.resource) == ("workers", "queue exports")
    assert by_id(found)["queue-retries"].consequences == ()
    assert "would bring ×1.00" in by_id(found)["queue-retries"].why_not_first


def test_failing_jobs_that_leave_the_queue_short_are_an_inefficiency(tmp_path: Path) -> None:
    found = verdict(tmp_path, failing_jobs(retried=3.0, arriving=0.05))
    assert found.outcome == "not_reached"
    assert [row.id for row in found.inefficiencies] == ["queue-retries"]


def test_a_leak_that_leaves_tasks_waiting_for_memory_is_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, leak())
    assert found.first.id == "memory"
    assert found.first.resource == "memory of the role app"
    assert any("5 kB a request" in e.claim for e in found.first.evidence)


def test_a_leak_that_hurts_nobody_yet_is_an_inefficiency(tmp_path: Path) -> None:
    found = verdict(tmp_path, leak(pressure=0.0))
    assert found.outcome == "inconclusive"
    assert [row.id for row in found.inefficiencies] == ["memory"]


@pytest.mark.parametrize(
    "cause", [leak(pressure=0.0, first_s=40), leak(pressure=0.0, per_request=100)], ids=["fills once", "little"]
)
def test_memory_that_levels_off_or_hardly_grows_is_no_leak(tmp_path: Path, cause: Cause) -> None:
    assert "memory" not in by_id(verdict(tmp_path, cause))


def test_a_process_that_is_killed_again_and_again_where_it_holds_as_much_is_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, killed())
    assert found.first.id == "memory"
    assert found.first.resource == "memory of the role app"
    assert "ended and was begun anew" in found.first.evidence[0].claim
    assert "kB a request" in found.first.evidence[1].claim


def test_a_process_that_is_killed_is_named_even_where_throughput_follows_the_users(tmp_path: Path) -> None:
    cause = killed()
    found = verdict(tmp_path, Cause(cause.finding, replace(cause.plan, refused_above_rps=440)))
    assert found.capacity[0].knee_users is None
    assert found.first.id == "memory"
    assert f"from {found.first.limit_users:.0f} users on processes reach their memory limit" in found.sentence


def test_a_process_that_is_killed_every_few_seconds_is_one_whose_growth_was_seen_before(tmp_path: Path) -> None:
    """From 240 users on it lives for less than what loading takes; what it lost there counts all the same."""
    found = verdict(tmp_path, killed(limit_bytes=7.5e7))
    assert found.first.id == "memory"
    told = found.first.evidence[1].claim
    assert "100% of the times" in told


def test_processes_that_are_begun_anew_without_a_lost_request_limit_nothing(tmp_path: Path) -> None:
    cause = killed()
    found = verdict(tmp_path, Cause(cause.finding, replace(cause.plan, refused_above_rps=1e9)))
    assert found.outcome == "not_reached"
    assert [row.id for row in found.inefficiencies] == ["memory"]


def test_a_process_that_gives_memory_back_lives_on(tmp_path: Path) -> None:
    found = verdict(tmp_path, killed(anew=False))
    assert found.first is None
    assert "memory" not in by_id(found)  # what comes and goes is no leak either


def test_errors_without_growth_are_not_memory(tmp_path: Path) -> None:
    assert "memory" not in by_id(verdict(tmp_path, killed(per_request=0.0)))
