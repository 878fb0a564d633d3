"""Growing: the same level is the same bytes, what is there stays, and the catalog is as it was."""

from __future__ import annotations

import psycopg
import pytest
from seeding import LAB, TABLES, ask, catalog, content, grown, without_state

from rampart.errors import UsageError
from seeders.growth.grow import find, grow, tenants_of


def test_the_same_level_is_the_same_bytes_however_it_was_reached(fresh):
    direct, stepwise = fresh(), fresh()
    before = catalog(direct)
    at_once = grown(direct, 60)
    steps = [grown(stepwise, tenants) for tenants in (8, 20, 60)]
    # Both ways of loading took part, so that they are compared with each other.
    assert at_once.mode.startswith("bulk")
    assert steps[0].mode.startswith("in place")
    assert content(direct) == content(stepwise)
    assert without_state(catalog(direct)) == without_state(catalog(stepwise)) == before


def test_tenants_already_there_never_change(lab):
    grown(lab, 40)
    query = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {} t WHERE tenant_id <= 40"
    before = [ask(lab, query.format(table)) for table in TABLES[1:]]
    grown(lab, 120)
    assert [ask(lab, query.format(table)) for table in TABLES[1:]] == before


def test_growing_again_or_to_less_changes_nothing(lab):
    first = grown(lab, 60)
    there = content(lab)
    for tenants in (60, 20):
        again = grown(lab, tenants)
        assert (again.tenants, again.rows_added, again.rows_total) == (60, 0, first.rows_total)
    assert content(lab) == there


def test_what_is_promised_is_what_is_there(lab):
    growth = grown(lab, 80)
    promised = tenants_of(LAB, 80, 1)
    parts = " UNION ALL ".join(f"SELECT tenant_id FROM {table}" for table in TABLES[1:])
    rows = dict(ask(lab, f"SELECT tenant_id, count(*) + 1 FROM ({parts}) every GROUP BY 1"))
    assert {tenant.id: tenant.rows for tenant in promised} == rows
    assert growth.rows_total == growth.rows_added == sum(rows.values())


def test_every_foreign_key_is_valid_and_stays_inside_its_tenant(lab):
    assert grown(lab, 60).mode.startswith("bulk")
    keys = ask(
        lab,
        """SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text FROM pg_constraint
           JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
           WHERE contype = 'f' AND convalidated AND confrelid <> 'tenants'::regclass""",
    )
    assert len(keys) == 5
    for table, column, parent in keys:
        query = f"SELECT count(c.{column}), count(p.id) FROM {table} c LEFT JOIN {parent} p ON p.id = c.{column} AND "
        referring, inside = ask(lab, query + "p.tenant_id = c.tenant_id")[0]
        assert referring == inside > 0, (table, column)


def test_an_index_that_a_schema_lacks_is_not_made(lab):
    with psycopg.connect(lab, autocommit=True) as connection:
        connection.execute("DROP INDEX invoice_lines_by_invoice, invoice_lines_by_tenant")
        connection.execute("CREATE INDEX oddly ON tasks USING hash (title) WITH (fillfactor = 70) WHERE priority = 1")
        connection.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey")
        connection.execute(
            "ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects ON DELETE CASCADE NOT VALID"
        )
    before = catalog(lab)
    assert grown(lab, 60).mode.startswith("bulk")
    assert without_state(catalog(lab)) == before


def test_the_data_are_what_the_application_expects(lab):
    grown(lab, 100)
    wrong = """SELECT count(*) FROM invoices i WHERE total_cents IS DISTINCT FROM
               (SELECT sum(quantity * unit_cents) FROM invoice_lines l WHERE l.invoice_id = i.id)"""
    assert ask(lab, wrong) == [(0,)]
    assert ask(lab, "SELECT email FROM users WHERE tenant_id = 7 ORDER BY id LIMIT 1") == [("user1@tenant7.example",)]
    assert ask(lab, "SELECT count(DISTINCT tenant_id) FROM users") == [(100,)]
    assert ask(lab, "SELECT count(DISTINCT tenant_id) FROM projects") == [(100,)]
    hashed = "SELECT count(*) FROM users WHERE password_hash <> 'sha256$' || encode(sha256('rampart'), 'hex')"
    assert ask(lab, hashed) == [(0,)]
    done = "SELECT count(*) FILTER (WHERE status = 'done'), count(completed_at), count(*) FROM tasks"
    finished, completed, tasks = ask(lab, done)[0]
    assert finished == completed and 0.5 < completed / tasks < 0.7
    times = "SELECT bool_and(completed_at >= created_at), max(created_at) - min(created_at) < '365 days' FROM tasks"
    assert ask(lab, times) == [(True, True)]
    assert ask(lab, "SELECT max(id) < 1000000000000 FROM tasks") == [(True,)]


def test_tenants_are_interleaved_as_time_would_have_it(lab):
    grown(lab, 200)
    neighbours = """SELECT avg((tenant_id = before)::int) FROM
                    (SELECT tenant_id, lag(tenant_id) OVER (ORDER BY ctid) AS before FROM tasks) pairs"""
    same = float(ask(lab, neighbours)[0][0])
    squares = (
        "SELECT sum(part * part) FROM (SELECT count(*) / sum(count(*)) OVER () AS part FROM tasks GROUP BY tenant_id) s"
    )
    by_chance = float(ask(lab, squares)[0][0])
    assert same < 2 * by_chance
    correlation = dict(ask(lab, "SELECT attname, abs(correlation) FROM pg_stats WHERE tablename = 'tasks'"))
    assert correlation["tenant_id"] < 0.3 < 0.6 < correlation["created_at"]


def test_the_planner_knows_the_new_rows_and_vacuum_has_nothing_left_to_do(lab):
    grown(lab, 100)
    for table in TABLES:
        query = f"SELECT reltuples, relpages, relallvisible FROM pg_class WHERE oid = '{table}'::regclass"
        rows, pages, visible = ask(lab, query)[0]
        assert rows == ask(lab, f"SELECT count(*) FROM {table}")[0][0]
        assert visible > 0.85 * pages, table  # the rest are pages that COPY took and did not need


@pytest.mark.parametrize(("seeder", "seed"), [(LAB, 2), (find("lab:uniform"), 1)])
def test_another_seed_or_declaration_is_refused(lab, seeder, seed):
    grown(lab, 5)
    there = content(lab)
    with pytest.raises(UsageError, match="tenants that are there never change"):
        grow(seeder, lab, 10, seed, lambda fraction, text: None)
    assert content(lab) == there


def test_progress_rises_to_one(lab):
    seen: list[float] = []
    grow(LAB, lab, 60, 1, lambda fraction, text: seen.append(fraction))
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 10
