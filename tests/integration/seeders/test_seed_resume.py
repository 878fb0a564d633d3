"""A growth that is killed at any moment goes on from there, and ends at the same bytes."""

from __future__ import annotations

import random
import signal
import time

import psycopg
import pytest
from seeding import LAB, ask, catalog, child, content, grown, kill_after, without_state

from rampart.errors import Incomplete
from seeders.growth.grow import find, grow, remove

SOME = 60


@pytest.fixture(scope="module")
def undisturbed(server, template):
    conninfo = server.create("undisturbed", template)
    grown(conninfo, SOME)
    return content(conninfo), without_state(catalog(conninfo))


def test_killed_at_random_and_resumed_it_is_as_if_it_had_not_been(lab, undisturbed):
    lots = random.Random(7)
    words = [kill_after(lab, SOME, lots.randint(1, 12)) for _ in range(3)]
    assert any(words)
    resumed = grown(lab, SOME)
    assert "resumed" in resumed.mode and resumed.tenants == SOME
    assert (content(lab), without_state(catalog(lab))) == undisturbed


@pytest.mark.parametrize("moment", ["building indexes", "building indexes: 5", "checking foreign keys", "VACUUM"])
def test_killed_while_putting_things_back_it_puts_them_back(lab, undisturbed, moment):
    reports = []
    grow(LAB, lab, SOME, 1, lambda fraction, text: reports.append(text))
    remove(LAB, lab)
    killed = kill_after(lab, SOME, next(n for n, text in enumerate(reports, 1) if text.startswith(moment)))
    assert killed.startswith(moment)
    assert grown(lab, SOME).rows_added == 0
    assert (content(lab), without_state(catalog(lab))) == undisturbed


@pytest.mark.parametrize("reports", [3, 9])
def test_interrupted_by_ctrl_c_it_goes_on_from_there(lab, undisturbed, reports):
    assert kill_after(lab, SOME, reports, signal.SIGINT)
    assert "resumed" in grown(lab, SOME).mode
    assert (content(lab), without_state(catalog(lab))) == undisturbed


def test_a_lost_connection_is_said_and_what_was_committed_is_kept(lab, undisturbed):
    def cut(fraction: float, text: str) -> None:
        if text.startswith("invoice_lines"):
            ask(lab, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rampart-seed'")

    with pytest.raises(Incomplete, match=r"went away.*goes on from there"):
        grow(LAB, lab, SOME, 1, cut)
    kept = sum(count for count, _ in content(lab).values())
    whole = sum(count for count, _ in undisturbed[0].values())
    assert 0 < kept < whole
    assert grown(lab, SOME).rows_added == whole - kept
    assert (content(lab), without_state(catalog(lab))) == undisturbed


def test_an_interrupted_growth_is_ended_before_the_next(lab, undisturbed):
    assert kill_after(lab, SOME, 5)
    assert grown(lab, 40).tenants == SOME
    assert content(lab) == undisturbed[0]


def test_two_growths_of_one_database_wait_for_each_other(lab, undisturbed):
    children = [child(lab, SOME) for _ in range(2)]
    assert [len(one.communicate(timeout=60)[0]) > 0 and one.returncode for one in children] == [0, 0]
    assert content(lab) == undisturbed[0]


def test_the_sessions_of_a_killed_growth_end_by_themselves(lab):
    kill_after(lab, SOME, 4)
    deadline = time.monotonic() + 10
    query = """SELECT count(*) FROM pg_stat_activity
               WHERE application_name = 'rampart-seed' AND datname = current_database()"""
    while ask(lab, query) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_indexes_come_back_when_a_row_is_refused_in_the_middle(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("ALTER TABLE invoices ADD CONSTRAINT cheap CHECK (id < 900)")
    before = catalog(lab)
    with pytest.raises(Incomplete, match=r'invoices refuses a row: .*"cheap"'):
        grow(find("lab"), lab, SOME, 1, lambda fraction, text: None)
    assert without_state(catalog(lab)) == before
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("ALTER TABLE invoices DROP CONSTRAINT cheap")
    assert "resumed" in grown(lab, SOME).mode
