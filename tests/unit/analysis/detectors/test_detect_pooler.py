"""A pooler that is too small, or keeps sessions: told from what else fills its connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_pooler import pooled


def by_id(found: dict) -> dict[str, dict]:  # type: ignore[type-arg]
    return {f.id: f for f in found.ranked}


@pytest.mark.parametrize(
    "cause",
    [pooled(), pooled(statement_ms=4.0, calls=4.0), pooled(statement_ms=19.0, calls=1.0)],
    ids=["sessions keep its connections", "quick statements fill them", "one that is not quick does"],
)
def test_a_pooler_before_a_database_with_room_is_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first.id == "pooler"
    assert found.first.resource == "PgBouncer's pool saas/saas (2)"
    assert all(e.holds for e in found.first.evidence)


def test_waiting_for_the_application_s_own_pool_is_then_its_symptom(tmp_path: Path) -> None:
    found = verdict(tmp_path, pooled(behind_pool=True))
    assert found.first.id == "pooler"
    assert found.first.consequences == ("app-pool",)
    assert "app-pool" not in by_id(found) or by_id(found)["app-pool"].status == "suspected"


@pytest.mark.parametrize(
    "cause",
    [
        pooled(statement_ms=3.0, calls=4.0, lengthened=1.6),
        pooled(statement_ms=4.0, calls=4.0, cpu=1.9),
    ],
    ids=["slower under load", "no processor left"],
)
def test_a_pooler_whose_connections_are_busy_with_statements_is_not(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert "pooler" not in by_id(found) or by_id(found)["pooler"].status == "suspected"
    [ledger] = found.ledger
    assert not any(row.id == "pooler" for row in ledger.blamed if row.share > 0.25)


def test_a_statement_that_fills_it_is_mended_before_it_is_widened(tmp_path: Path) -> None:
    found = verdict(tmp_path, pooled(statement_ms=20.5, calls=1.0))
    assert (found.first.id, found.first.consequences, found.resource) == ("slow-query", ("pooler",), "pooler")


def test_open_transactions_that_fill_it_are_the_cause(tmp_path: Path) -> None:
    found = verdict(tmp_path, pooled("idle-in-transaction", open_ms=18.0))
    assert found.first.id == "idle-in-transaction"
    assert found.first.consequences == ("pooler",)
    assert by_id(found)["pooler"].status == "suspected"


def test_a_pooler_with_connections_to_spare_is_not_named(tmp_path: Path) -> None:
    found = by_id(verdict(tmp_path, pooled(size=20.0)))
    assert "pooler" not in found or found["pooler"].status == "suspected"


def test_what_is_waited_in_the_pooler_has_an_entry_in_the_ledger(tmp_path: Path) -> None:
    [ledger] = verdict(tmp_path, pooled()).ledger
    [row] = [row for row in ledger.parts if row.resource == "pooler"]
    assert row.what == "waiting in the pooler before the database"
    assert row.share_low < row.share < row.share_high
    assert row.share == pytest.approx(1.0, abs=0.1)


def test_without_its_console_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert "pooler" not in by_id(verdict(tmp_path, pooled(read=False)))
