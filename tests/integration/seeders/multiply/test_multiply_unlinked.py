"""Tenants that are kept apart without foreign keys: by columns alone, or by a schema each."""

from __future__ import annotations

import pytest
from multiplying import ask, grown, grown_and_taken_back, refused

from seeders.multiply.multiply import Request, multiply, outlook, rehearse

ORGS = """CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
          CREATE TABLE customers (id serial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations);
          INSERT INTO organizations (name) VALUES ('one'), ('two');
          INSERT INTO customers (organization_id) SELECT id FROM organizations, generate_series(1, 3);"""
FROM = "FROM customers c, generate_series(1, 9) n"
# A table without foreign keys, and what is said of it.
APART = {
    "as the others call it": (
        f"CREATE TABLE events AS SELECT n AS id, organization_id {FROM}", ["events.organization_id=organizations.id"],
    ),
    "in another case and type": (
        f"""CREATE TABLE "Events" AS SELECT n AS id, organization_id::text AS "organizationId" {FROM}""",
        ["Events.organizationId=organizations.id"],
    ),
    "below it, by another table's name": (
        f"CREATE TABLE events AS SELECT n AS id, c.id AS customer_id, organization_id {FROM}",
        ["events.organization_id=organizations.id", "events.customer_id=customers.id"],
    ),
    "below another one that is apart": (
        f"""CREATE TABLE batches AS SELECT DISTINCT organization_id {FROM};
            ALTER TABLE batches ADD id serial PRIMARY KEY;
            CREATE TABLE batch_lines AS SELECT id AS batch_id FROM batches""",
        ["batches.organization_id=organizations.id", "batch_lines.batch_id=batches.id"],
    ),
    "with another's values": ("CREATE TABLE events AS SELECT gen_random_uuid() AS organization_id", []),
    "with another type": (f"CREATE TABLE events AS SELECT n AS organization_id {FROM}", []),
    "empty": ("CREATE TABLE events (organization_id uuid)", []),
}  # fmt: skip


@pytest.mark.parametrize("kind", APART)
def test_a_table_that_carries_the_key_alone_is_named_with_its_link(schema, kind):
    statements, links = APART[kind]
    made = schema(ORGS + statements)
    told: list[str] = []
    multiply(
        made, Request(4), lambda _share, _text: told.append("rows") if _text.endswith(" rows") else None, told.append
    )
    before_the_rows = told[: told.index("rows")]
    assert [line.partition("--link ")[2] for line in before_the_rows if "--link" in line] == links
    assert [one.link for one in outlook(made, Request(6)).unlinked] == links
    rehearsal = rehearse(made, Request(6))
    assert rehearsal is not None and [one.link for one in rehearsal.unlinked] == links


def test_with_its_link_it_is_copied_and_without_it_is_said_no_more(schema):
    made = schema(f"{ORGS} CREATE TABLE events AS SELECT n AS id, organization_id {FROM}")
    assert outlook(made, Request(6, without=("events",))).unlinked == ()
    rows = grown_and_taken_back(made, links=("events.organization_id=organizations.id",))
    assert rows == {"organizations": 6, "customers": 18, "events": 162}


NO_KEYS = """CREATE TABLE accounts (id serial PRIMARY KEY, name text);
             CREATE TABLE orders (id bigserial PRIMARY KEY, account_id int NOT NULL);
             CREATE TABLE lines (id bigserial PRIMARY KEY, order_id bigint NOT NULL);
             INSERT INTO accounts (name) VALUES ('one'), ('two');
             INSERT INTO orders (account_id) SELECT 1 + n % 2 FROM generate_series(1, 20) n;
             INSERT INTO lines (order_id) SELECT 1 + n % 20 FROM generate_series(1, 60) n;"""
LINKS = ("orders.account_id=accounts.id", "lines.order_id=orders.id")


def test_a_root_on_which_nothing_hangs_is_refused_with_the_links(schema):
    made = schema(NO_KEYS)
    said = "--root public.accounts.* --link orders.account_id=accounts.id --link lines.order_id=orders.id"
    refused(made, f"the root table is not clear.*{said}")
    refusal = refused(made, "nothing hangs on public.accounts.*: orders.account_id, lines.order_id", root="accounts")
    assert all(f"--link {link}" in refusal.remedy for link in LINKS)
    assert grown_and_taken_back(made, root="accounts", links=LINKS) == {"accounts": 6, "orders": 60, "lines": 180}
    assert grown(made, root="accounts", without=("orders", "lines"))["accounts"] == 6


def tenant_schema(name: str) -> str:
    return f"""CREATE SCHEMA {name}; CREATE TABLE {name}.projects (id serial PRIMARY KEY);
               CREATE TABLE {name}.tasks (id serial PRIMARY KEY, project int REFERENCES {name}.projects);"""


# The table of the tenants, their schemas, and the column that names them.
SCHEMAS = {
    "by a column for it": (
        """CREATE TABLE tenants (id serial PRIMARY KEY, schema_name text UNIQUE);
           CREATE TABLE domains (tenant int REFERENCES tenants, host text UNIQUE);
           INSERT INTO tenants (schema_name) VALUES ('acme'), ('bolt');""", ("acme", "bolt"), "tenants.schema_name",
    ),
    "by its number": (
        """CREATE TABLE accounts (id int PRIMARY KEY); CREATE TABLE logins (account int REFERENCES accounts);
           INSERT INTO accounts VALUES (1), (2);""", ("tenant_1", "tenant_2"), "accounts.id",
    ),
    "by its slug, with another's tables beside": (
        """CREATE TABLE companies (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text);
           CREATE TABLE logins (company uuid REFERENCES companies);
           INSERT INTO companies (slug) VALUES ('one-co'), ('two-co');""", ("t_one_co", "t_two_co"), "companies.slug",
    ),
    "of one tenant so far": (
        """CREATE TABLE tenants (id serial PRIMARY KEY, db_schema text);
           CREATE TABLE logins (tenant int REFERENCES tenants);
           INSERT INTO tenants (db_schema) VALUES ('acme');""", ("acme",), "tenants.db_schema",
    ),
    "in a table below": (
        """CREATE TABLE tenants (id serial PRIMARY KEY);
           CREATE TABLE stores (tenant int REFERENCES tenants, place text);
           INSERT INTO tenants DEFAULT VALUES; INSERT INTO stores VALUES (1, 'acme'), (1, 'bolt');""",
        ("acme", "bolt"), "stores.place",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_for_each_tenant_is_refused(schema, kind):
    tables, names, column = SCHEMAS[kind]
    made = schema(tables + "".join(map(tenant_schema, names)))
    root = None if len(names) > 1 else "tenants"
    refused(made, rf"a schema each cannot be multiplied: public.{column} names schemas \({names[0]}", root=root)


def test_schemas_that_only_look_alike_are_no_tenants(schema):
    made = schema(
        """CREATE TABLE accounts (id int PRIMARY KEY, name text); INSERT INTO accounts VALUES (1, 'a'), (2, 'b');
                     CREATE TABLE notes (account int REFERENCES accounts);"""
        + "".join(map(tenant_schema, ["x", "old"]))
    )
    assert grown(made, root="accounts")["accounts"] == 6
    ask(made, "INSERT INTO x.projects DEFAULT VALUES; INSERT INTO x.tasks (project) VALUES (1)")
    # Copies of another root are there, so this one is refused for that reason alone.
    refused(made, "holds copies of tenants of public.accounts", root="x.projects")
