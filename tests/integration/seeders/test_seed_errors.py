"""What the target refuses is said in words, and nothing is half-done."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from seeding import LAB, ask, catalog, content, grown

from benchmarks._seed_server import free_port
from rampart.errors import Incomplete, NotReady, UsageError
from seeders.columns import Key, Ref
from seeders.database import connect
from seeders.declaration.declare import PerTenant, Seeder, Table
from seeders.growth.grow import grow, plan, remove


def test_a_refused_connection_is_said_without_the_password():
    conninfo = f"postgresql://me:canary@127.0.0.1:{free_port()}/nowhere"
    for attempt in (lambda: grown(conninfo, 5), lambda: plan(LAB, conninfo, 5, 1), lambda: remove(LAB, conninfo)):
        with pytest.raises(NotReady, match="cannot be reached") as caught:
            attempt()
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE invoice_lines", "no table invoice_lines"),
        ("ALTER TABLE tasks DROP COLUMN due_on", "cannot fill tasks.due_on"),
        ("ALTER TABLE tasks ALTER due_on TYPE interval USING null", "tasks.due_on cannot be filled"),
        ("ALTER TABLE tasks ADD secret text NOT NULL", "secret must have a value"),
        ("ALTER TABLE tasks ALTER id DROP IDENTITY; ALTER TABLE tasks ALTER id TYPE smallint", "tasks.id cannot hold"),
        ("DROP TABLE rampart_marker", "no table rampart_marker"),
        ("UPDATE rampart_marker SET may_be_load_tested = false", "is not true"),
        ("DELETE FROM rampart_marker", "is not true"),
        ("INSERT INTO tenants VALUES (3, 'Real', 'real', 'free')", r"keys 1 to 250 of tenants are not free.*id = 3"),
    ],
)
def test_a_target_that_does_not_fit_is_refused_before_the_first_row(lab, change, said):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute(change)
    there = ask(lab, "SELECT count(*) FROM tenants"), catalog(lab)
    with pytest.raises((NotReady, UsageError), match=said):
        grown(lab, 250)
    assert ask(lab, "SELECT count(*) FROM tenants") == there[0]


def test_a_marker_of_ones_own_is_asked(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("DROP TABLE rampart_marker")
    own = replace(LAB, marker="SELECT current_database() LIKE 'lab%'")
    assert grow(own, lab, 2, 1, lambda fraction, text: None).tenants == 2
    with pytest.raises(NotReady, match="is not true"):
        grow(replace(LAB, marker="SELECT current_database() = 'staging'"), lab, 3, 1, lambda fraction, text: None)


@pytest.mark.parametrize("tenants", [5, 60])
def test_a_lock_that_another_session_holds_ends_the_wait(lab, tenants, monkeypatch):
    monkeypatch.setattr(connect, "LOCK_TIMEOUT", "200ms")
    before = catalog(lab)
    with psycopg.connect(lab) as other:
        other.execute("LOCK TABLE projects IN ROW EXCLUSIVE MODE" if tenants == 60 else "LOCK TABLE projects")
        with pytest.raises((Incomplete, NotReady), match="a lock was not granted in time"):
            grown(lab, tenants)
    assert grown(lab, tenants).tenants == tenants
    assert [row for row in catalog(lab) if row[0] != "rampart_seed"] == before


def test_a_full_disk_is_said_and_what_was_committed_is_kept(lab):
    full = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON invoice_lines EXECUTE FUNCTION full_disk()"""
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute(full)
        with pytest.raises(Incomplete, match=r"disk is full.*run the same command again"):
            grown(lab, 20)
        invoices = content(lab)["invoices"]  # which lines refer to: all were there before the first of those
        connection.execute("DROP FUNCTION full_disk CASCADE")
    grown(lab, 20)
    assert content(lab)["invoices"] == invoices and content(lab)["invoice_lines"][0] > 0


def test_a_disk_that_is_too_small_is_seen_before_the_first_row(lab):
    users = Table("users", PerTenant(4e12), LAB.tables[1].columns)
    vast = Seeder("vast", "more than any disk holds", (LAB.tables[0], users))
    with pytest.raises(NotReady, match="would not fit on the database's disk"):
        grow(vast, lab, 1, 1, lambda fraction, text: None)
    would = plan(vast, lab, 1, 1)
    assert would.free_bytes is not None and would.needed_bytes > would.free_bytes
    assert content(lab)["tenants"] == (0, 0)


def test_rows_that_nothing_ties_to_a_tenant_are_refused(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("CREATE TABLE adrift (id bigint, tenant bigint REFERENCES tenants)")
    adrift = Table("adrift", PerTenant(1), {"id": Key(), "tenant": Ref("tenants", null=0.5)})
    with pytest.raises(UsageError, match="nothing ties the rows of adrift to a tenant"):
        grow(Seeder("adrift", "", (LAB.tables[0], adrift)), lab, 1, 1, lambda fraction, text: None)
    assert content(lab)["tenants"] == (0, 0)
