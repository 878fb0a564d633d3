"""Locks, and transactions that are left open: which of them is first, and what they make the pool look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, hot_row, open_transactions, verdict
from tests.planted.causes_locks import table_locked_outside


def by_id(found: dict, name: str) -> dict | None:  # type: ignore[type-arg]
    return next((f for f in found.ranked if f.id == name), None)


def test_a_hot_row_is_lock_contention_and_the_full_pool_its_consequence(tmp_path: Path) -> None:
    found = verdict(tmp_path, hot_row())
    assert found.first.id == "lock-contention"
    assert found.first.resource == "public.counters"
    assert "app-pool" in found.first.consequences
    assert any("UPDATE counters" in e.claim and "at its head" in e.claim for e in found.first.evidence)
    assert by_id(found, "idle-in-transaction") is None


def test_a_lock_that_few_wait_for_is_not_contention(tmp_path: Path) -> None:
    found = verdict(tmp_path, hot_row(waiting=0.1))
    assert by_id(found, "lock-contention") is None


def test_locks_held_for_want_of_a_processor_stay_suspected(tmp_path: Path) -> None:
    found = verdict(tmp_path, hot_row(process=0.95))
    assert by_id(found, "lock-contention").status == "suspected"


def test_a_holder_that_does_nothing_is_the_cause_of_the_queue_behind_it(tmp_path: Path) -> None:
    found = verdict(tmp_path, hot_row(root="idle", idle_s=0.05))
    assert found.first.id == "idle-in-transaction"
    assert by_id(found, "lock-contention") is None


def test_idling_for_a_round_trip_leaves_the_lock_to_be_the_cause(tmp_path: Path) -> None:
    found = verdict(tmp_path, hot_row(root="idle", idle_s=0.002))
    assert found.first.id == "lock-contention"


def test_open_transactions_that_empty_the_pool_come_before_the_pool(tmp_path: Path) -> None:
    found = verdict(tmp_path, open_transactions())
    assert found.first.id == "idle-in-transaction"
    assert found.first.consequences == ("app-pool",)
    assert by_id(found, "app-pool").why_not_first == "it is a consequence of idle-in-transaction"


def test_connections_held_outside_of_transactions_are_the_pool_s(tmp_path: Path) -> None:
    found = verdict(tmp_path, open_transactions(idle_ms=5.0))
    assert found.first.id == "app-pool"
    assert "idle-in-transaction" not in found.tied_with


@pytest.mark.parametrize(
    "cause",
    [
        table_locked_outside(),
        table_locked_outside(grows=True),
        table_locked_outside(pooled=True),
        table_locked_outside(prepared=True),
    ],
    ids=["as long at any load", "longer under load", "connections run out", "of a prepared statement"],
)
def test_a_table_that_is_locked_from_outside_is_named_though_no_statement_has_begun(
    tmp_path: Path, cause: Cause
) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is not None and found.first.id == "lock-contention", found.sentence
    assert found.first.resource == "public.orders"
    assert found.first.remedy.text.startswith("Something locks the whole table")
    assert any("at its head is: LOCK TABLE orders" in e.claim for e in found.first.evidence)


def test_a_lock_that_is_a_small_part_of_a_request_is_not_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, table_locked_outside(waited_ms=4.0))
    assert found.first is None or found.first.id != "lock-contention", found.sentence


@pytest.mark.parametrize("pooled", [False, True], ids=["workers run out", "connections run out"])
def test_a_table_that_is_locked_by_who_does_nothing_meanwhile_is_an_open_transaction(
    tmp_path: Path, pooled: bool
) -> None:
    found = verdict(tmp_path, table_locked_outside(pooled=pooled, idle_s=0.1))
    assert found.first is not None and found.first.id == "idle-in-transaction", found.sentence
    assert "LOCK TABLE orders" in found.first.resource
    assert by_id(found, "lock-contention") is None
