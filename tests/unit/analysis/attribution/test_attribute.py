"""Where waiting is passed on to, down the layers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.attribution.attribute import attribute
from analysis.attribution.latency_ledger import Ledger
from analysis.attribution.wait_routing import APP, PLACE, POOL, POOLER, STATEMENTS, WaitRouting

WAITING = Ledger(100.0, {}, 100.0, {}, app=0.0, before_app=0.0, unexplained=0.0, by_endpoint={})
EVERYWHERE = Ledger(100.0, {}, 30.0, {"pooler": 40.0}, app=10.0, before_app=10.0, unexplained=10.0, by_endpoint={})
UNSEEN = WaitRouting({}, {"select": 5.0}, 10.0)


@pytest.mark.parametrize(
    ("users", "wanted"),
    [
        ({APP: 1.0}, (0, 100, 0)),
        ({STATEMENTS: 0.7, APP: 0.2, "outside": 0.1}, (0, 20, 70)),
        ({POOL: 0.9, STATEMENTS: 0.1}, (90, 0, 10)),
    ],
    ids=["a process", "a host", "a pool"],
)
@pytest.mark.parametrize("ledger", [WAITING, EVERYWHERE], ids=["for a connection", "everywhere"])
def test_all_waiting_is_for_what_is_full_and_belongs_to_who_uses_it(
    users: dict[str, float], wanted: tuple[float, float, float], ledger: Ledger
) -> None:
    told = attribute(ledger, replace(UNSEEN, users=users, holders={POOL: {POOL: 1.0}}))
    assert (told.pool, told.app, told.statements.get("select", 0.0)) == pytest.approx(wanted)
    assert told.for_limit == pytest.approx(100)


def test_where_nothing_that_is_seen_is_full_it_belongs_to_what_the_holders_do() -> None:
    told = attribute(WAITING, replace(UNSEEN, holders={POOL: {STATEMENTS: 0.2, APP: 0.8}}))
    assert (told.pool, told.app, told.statements["select"], told.for_limit) == pytest.approx((0, 80, 20, 0))


def test_a_connection_that_waits_in_a_pooler_is_held_for_what_is_done_behind_it() -> None:
    holders = {POOL: {STATEMENTS: 0.1, POOLER: 0.9}, POOLER: {STATEMENTS: 0.5, POOLER: 0.5}}
    told = attribute(WAITING, replace(UNSEEN, holders=holders))
    assert (told.statements["select"], told.spans["pooler"]) == pytest.approx((55, 45))


def test_what_holds_the_workers_has_the_waiting_for_one() -> None:
    told = attribute(
        Ledger(100.0, {}, 0.0, {"mail": 20.0}, app=50.0, before_app=30.0, unexplained=0.0, by_endpoint={}),
        replace(UNSEEN, holders={PLACE: {"mail": 0.75}}),
    )
    assert (told.spans["mail"], told.unexplained) == pytest.approx((80, 20))


def test_what_nobody_knows_stays_unexplained() -> None:
    told = attribute(EVERYWHERE, UNSEEN)
    assert (told.unexplained, told.added) == pytest.approx((100, 100))
