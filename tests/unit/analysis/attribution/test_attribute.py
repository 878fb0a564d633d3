"""Where waiting for a connection is passed on to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.attribution.attribute import attribute
from analysis.attribution.latency_ledger import Ledger
from analysis.attribution.wait_routing import WaitRouting

WAITING = Ledger(100.0, {}, 100.0, {}, app=0.0, before_app=0.0, unexplained=0.0, by_endpoint={})
NOTHING_FULL = WaitRouting({}, (1.0, 1.0), 0.2, (0.0, 0.0), {"select": 5.0}, 10.0)


def test_a_hold_that_load_does_not_lengthen_leaves_the_waiting_with_the_pool() -> None:
    assert attribute(WAITING, NOTHING_FULL).pool == pytest.approx(100)


def test_a_hold_that_load_lengthens_is_blamed_where_it_is_spent() -> None:
    told = attribute(WAITING, replace(NOTHING_FULL, hold_ms=(1.0, 12.0)))
    assert (told.pool, told.app, told.statements["select"]) == pytest.approx((0, 80, 20))


def test_a_hold_that_the_database_executes_is_the_database_s_whatever_else_is_full() -> None:
    told = attribute(WAITING, replace(NOTHING_FULL, hold_in_database=0.9, busy=(0.0, 1.0)))
    assert told.statements["select"] == pytest.approx(100)


def test_a_full_pool_whose_holds_are_spent_elsewhere_is_the_limit_beside_a_full_processor() -> None:
    told = attribute(WAITING, replace(NOTHING_FULL, saturated={"pool": 0.99, "host cpu": 0.95}, busy=(0.5, 0.5)))
    assert told.pool == pytest.approx(100)


IN_POOLER = Ledger(100.0, {}, 60.0, {"pooler": 40.0}, app=0.0, before_app=0.0, unexplained=0.0, by_endpoint={})


def test_a_hold_that_is_waited_in_a_full_pooler_is_the_poolers() -> None:
    by = replace(NOTHING_FULL, hold_ms=(1.0, 12.0), hold_in_pooler=0.9, saturated={"pooler": 1.0})
    assert attribute(IN_POOLER, by).spans["pooler"] == pytest.approx(100)


def test_waiting_in_a_full_pooler_is_the_statements_where_they_fill_it() -> None:
    by = replace(NOTHING_FULL, hold_in_pooler=0.9, saturated={"pooler": 1.0}, pooler_is_limit=False)
    assert attribute(IN_POOLER, by).statements["select"] == pytest.approx(100)


def test_waiting_in_a_pooler_with_room_is_for_the_processor() -> None:
    told = attribute(IN_POOLER, replace(NOTHING_FULL, saturated={"busiest app process": 0.99}, busy=(0.0, 1.0)))
    assert (told.spans.get("pooler", 0.0), told.app) == pytest.approx((0, 100))
