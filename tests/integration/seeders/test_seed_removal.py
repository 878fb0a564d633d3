"""Removing: every seeded row goes, nothing else does, and where that cannot be, nothing happens."""

from __future__ import annotations

import psycopg
import pytest
from seeding import LAB, TABLES, ask, catalog, content, grown, kill_after, without_state

from rampart.errors import Incomplete, NotReady
from seeders.growth.grow import remove

_OTHERS = """
INSERT INTO tenants (id, name, slug, plan)
    SELECT 500000 + n, 'Real ' || n, 'real-' || n, 'team' FROM generate_series(1, 20) n;
INSERT INTO users (tenant_id, email, name, password_hash, role)
    SELECT 500000 + n % 20 + 1, 'real' || n || '@example.org', 'Real', '-', 'member' FROM generate_series(1, 500) n;
INSERT INTO projects (tenant_id, owner_id, name) SELECT tenant_id, id, 'Real ' || id FROM users;
INSERT INTO tasks (tenant_id, project_id, assignee_id, title) SELECT tenant_id, id, owner_id, 'Real' FROM projects;
CREATE TABLE notes (id bigint PRIMARY KEY, said text);
INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 300) n"""


@pytest.fixture
def shared(lab):
    """The lab's schema with tenants that are not ours, and a table that no seeder knows."""
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute(_OTHERS)
    return lab


def notes(conninfo):
    return ask(conninfo, "SELECT * FROM notes ORDER BY id")


@pytest.mark.parametrize("tenants", [8, 60])
def test_other_data_are_left_byte_for_byte(shared, tenants):
    before, schema, said = content(shared), catalog(shared), notes(shared)
    added = grown(shared, tenants).rows_added
    assert content(shared) != before
    removal = remove(LAB, shared)
    assert (content(shared), catalog(shared), notes(shared)) == (before, schema, said)
    assert (removal.tenants, sum(removal.rows.values())) == (tenants, added)
    assert removal.others["public.users"] == 500 and removal.others["public.notes"] == 300


def test_rows_that_the_application_wrote_for_seeded_tenants_go_with_them(shared):
    before = content(shared)
    added = grown(shared, 30).rows_added
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("INSERT INTO tasks (tenant_id, project_id, title) SELECT tenant_id, id, 'new' FROM projects")
        written = ask(shared, "SELECT count(*) FROM tasks WHERE title = 'new' AND tenant_id <= 30")[0][0]
    assert sum(remove(LAB, shared).rows.values()) == added + written
    assert ask(shared, "SELECT count(*) FROM tasks WHERE title = 'new'")[0][0] == 500
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("DELETE FROM tasks WHERE title = 'new'")
    assert content(shared) == before


def test_a_killed_growth_can_be_removed_and_the_indexes_are_put_back(shared):
    before, schema = content(shared), catalog(shared)
    assert kill_after(shared, 60, 8)
    assert without_state(catalog(shared)) != schema
    remove(LAB, shared)
    assert (content(shared), catalog(shared)) == (before, schema)


def test_removing_what_is_not_there_does_nothing(shared):
    before = content(shared)
    removal = remove(LAB, shared)
    assert (removal.tenants, set(removal.rows.values())) == (0, {0})
    assert content(shared) == before


def test_grown_removed_and_grown_again_is_the_same(lab):
    grown(lab, 50)
    first = content(lab)
    remove(LAB, lab)
    assert [count for count, _ in content(lab).values()] == [0] * len(TABLES)
    grown(lab, 50)
    assert content(lab) == first


def test_a_cascade_into_a_table_that_the_seeder_does_not_know_stops_it(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("CREATE TABLE stars (task_id bigint REFERENCES tasks ON DELETE CASCADE)")
        grown(lab, 20)
        connection.execute("INSERT INTO stars SELECT id FROM tasks LIMIT 3")
    there = content(lab), catalog(lab)
    with pytest.raises(Incomplete, match=r"public.stars.*Nothing was changed"):
        remove(LAB, lab)
    assert (content(lab), catalog(lab)) == there
    assert ask(lab, "SELECT count(*) FROM stars") == [(3,)]


def test_a_reference_from_a_table_that_the_seeder_does_not_know_is_named(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("CREATE TABLE pins (task_id bigint REFERENCES tasks)")
        grown(lab, 20)
        connection.execute("INSERT INTO pins SELECT id FROM tasks LIMIT 1")
    there = content(lab)
    with pytest.raises(NotReady, match="pins"):
        remove(LAB, lab)
    assert content(lab) == there
