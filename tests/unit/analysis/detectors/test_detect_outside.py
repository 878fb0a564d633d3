"""Services that the target does not tell of: named by what waits for them, and by nothing else that is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_outside import HOST, workers_that_wait


def first(found: dict) -> str | None:  # type: ignore[type-arg]
    return found.first.id if found.first else None


@pytest.mark.parametrize("slows", [False, True], ids=["as slow as ever", "slower under load"])
def test_a_service_that_takes_all_workers_is_named_without_a_word_from_the_target(tmp_path: Path, slows: bool) -> None:
    found = verdict(tmp_path, workers_that_wait(slows=slows))
    assert first(found) == "downstream", found.sentence
    assert found.first.resource == f"outside service {HOST}:443"


def test_the_same_is_told_by_a_target_that_publishes_what_it_waits_for(tmp_path: Path) -> None:
    found = verdict(tmp_path, workers_that_wait(silent=False))
    assert (first(found), found.first.resource) == ("downstream", "outside service")


def test_a_mail_relay_that_takes_all_workers_is_work_for_a_queue(tmp_path: Path) -> None:
    found = verdict(tmp_path, workers_that_wait(port=587))
    assert (first(found), found.first.resource) == ("sync-work", "mail")
    assert "10.1.2.3:587" in found.first.evidence[0].claim


def test_a_statement_that_takes_all_workers_is_named_though_no_processor_is_full(tmp_path: Path) -> None:
    found = verdict(tmp_path, workers_that_wait(called_ms=0.0, executed_ms=400.0))
    assert first(found) == "slow-query", found.sentence


def test_a_host_that_a_service_beside_the_application_fills_is_that_services(tmp_path: Path) -> None:
    found = verdict(tmp_path, workers_that_wait(port=3306, beside=1.3, process=0.25))
    assert (first(found), found.first.resource) == ("downstream", "MySQL at 10.1.2.3:3306"), found.sentence


def test_a_host_that_the_application_fills_is_the_applications(tmp_path: Path) -> None:
    assert first(verdict(tmp_path, workers_that_wait(called_ms=100.0, beside=0.3, process=0.75))) == "app-cpu"


@pytest.mark.parametrize(
    "cause",
    [
        workers_that_wait(called_ms=0.0, feed=3.0),
        workers_that_wait(called_ms=20.0),
        workers_that_wait(loop=True),
    ],
    ids=["a feed that is listened to", "requests wait little", "an event loop has no places"],
)
def test_where_requests_do_not_hold_workers_for_it_no_service_is_named(tmp_path: Path, cause: Cause) -> None:
    assert first(verdict(tmp_path, cause)) is None


def test_a_full_process_is_the_limit_whatever_requests_wait_for(tmp_path: Path) -> None:
    assert first(verdict(tmp_path, workers_that_wait(process=0.97))) == "app-cpu"
