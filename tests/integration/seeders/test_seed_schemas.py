"""A schema of another kind: other types, another SQL schema, other kinds of keys, rows without a tenant's key."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from seeding import ask

from seeders.growth.grow import find, grow, remove, tenants_of

_SCHEMA = """
CREATE SCHEMA app; CREATE SCHEMA "My App %s";
CREATE TYPE app.tier AS ENUM ('small', 'large');
CREATE DOMAIN app.cents AS numeric(12, 2) CHECK (VALUE >= -1000);
CREATE TABLE app.orgs (id uuid PRIMARY KEY, title varchar(60) NOT NULL, tier app.tier NOT NULL, since date NOT NULL,
                       shout text GENERATED ALWAYS AS (upper(title)) STORED);
CREATE TABLE app.orders (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org uuid NOT NULL REFERENCES app.orgs,
                         amount app.cents NOT NULL, ratio real, big float8, paid boolean, extra jsonb, code char(8),
                         made timestamp NOT NULL);
CREATE TABLE "My App %s"."100% {} ""items" (
    "order" bigint NOT NULL REFERENCES app.orders, id uuid PRIMARY KEY, label text, qty smallint);
CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL); INSERT INTO rampart_marker VALUES (true)"""
ITEMS = '"My App %s"."100% {} ""items"'  # as SQL has it
_FILE = """
from seeders.columns import Choice, Constant, Created, Key, Later, Number, Parent, Ref, Template, Tenant, Words
from seeders.declaration.declare import PerParent, PerTenant, Seeder, Table
from seeders.declaration.sizes import UNIFORM

SEEDER = Seeder("shop", "a shop of another kind", (
    Table("app.orgs", None, {"id": Key(), "title": Words("{{company}}", "Ä🌳 {{word}}"),
                             "tier": Choice({"small": 3, "large": 1}), "since": Created()}),
    Table("app.orders", PerTenant(12, least=1), {
        "no": Key(), "org": Tenant(), "amount": Number(-50_000, 9_000_000, skew=3, scale=2),
        "ratio": Number(0, 1000, null=0.3),
        "big": Number(0, 10**6, skew=2), "paid": Number(0, 1), "extra": Words('{"v": {{random_digit}}}', null=0.2),
        "code": Template("{k:08}"), "made": Created()}),
    Table('My App %s.100% {} "items', PerParent("app.orders", (0, 2, 1)), {
        "order": Parent(), "id": Key(), "label": Words("", "{{word}}", null=0.1), "qty": Number(1, 9)}),
), sizes=UNIFORM, first_key=1_000_000)
"""


@pytest.fixture
def shop(server, tmp_path):
    conninfo = server.create("shop")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_SCHEMA)
    path = tmp_path / "shop.py"
    path.write_text(_FILE)
    return conninfo, find(str(path))


def test_it_is_filled_and_emptied(shop):
    conninfo, seeder = shop
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("INSERT INTO app.orgs VALUES (gen_random_uuid(), 'Real', 'small', now())")
    growth = grow(seeder, conninfo, 50, 1, lambda fraction, text: None)
    assert growth.rows_added == sum(tenant.rows for tenant in tenants_of(seeder, 50, 1))
    rows = ask(conninfo, "SELECT o.* FROM app.orders o JOIN app.orgs ON app.orgs.id = o.org ORDER BY no")
    assert len(rows) > 400 and rows[0][0] == 1_000_000
    for _, org, amount, ratio, big, paid, extra, code, _ in rows:
        assert isinstance(org, uuid.UUID) and isinstance(amount, Decimal)
        assert -500 <= amount <= 90_000 and amount == amount.quantize(Decimal("0.01"))
        assert ratio is None or 0 <= ratio <= 1000
        assert 0 <= big <= 10**6 and paid in (True, False)
        assert extra is None or 0 <= extra["v"] <= 9
        assert len(code) == 8 and int(code) > 0
    nulls = sum(row[3] is None for row in rows) / len(rows)
    assert 0.2 < nulls < 0.4 and any(row[2] < 0 for row in rows) and len({row[2] for row in rows}) > 0.9 * len(rows)
    per_order = f"""SELECT (row_number() OVER (PARTITION BY org ORDER BY no) - 1) % 3,
                          (SELECT count(*) FROM {ITEMS} WHERE "order" = no) FROM app.orders"""
    assert set(ask(conninfo, per_order)) == {(0, 0), (1, 2), (2, 1)}
    assert ask(conninfo, "SELECT bool_or(title LIKE 'Ä🌳 %'), bool_and(shout = upper(title)) FROM app.orgs") == [
        (True, True)
    ]
    removal = remove(seeder, conninfo)
    assert (
        json.dumps(removal.others)
        and removal.others["app.orgs"] == 1
        and removal.others['My App %s.100% {} "items'] == 0
    )


def test_it_is_the_same_however_it_was_reached(shop, server):
    conninfo, seeder = shop
    query = f"""SELECT (SELECT array_agg(o::text ORDER BY no) FROM app.orders o),
                      (SELECT array_agg(i::text ORDER BY id) FROM {ITEMS} i)"""
    grow(seeder, conninfo, 40, 1, lambda fraction, text: None)
    there = ask(conninfo, query)
    remove(seeder, conninfo)
    for tenants in (7, 21, 40):
        grow(seeder, conninfo, tenants, 1, lambda fraction, text: None)
    assert ask(conninfo, query) == there


def test_the_example_of_the_documentation_works(server):
    conninfo = server.create("documented")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            """CREATE TABLE orgs (id bigint PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL);
               CREATE TABLE orders (id bigint PRIMARY KEY, org_id bigint NOT NULL REFERENCES orgs, status text NOT NULL,
                                    created_at timestamptz NOT NULL);
               CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders,
                                   label text NOT NULL, cents integer NOT NULL);
               CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL);
               INSERT INTO rampart_marker VALUES (true)"""
        )
    text = (Path(__file__).parents[3] / "docs" / "seeding.md").read_text()
    module: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], module)
    assert grow(module["SEEDER"], conninfo, 10, 1, lambda fraction, text: None).rows_added > 500
    assert remove(module["SEEDER"], conninfo).others["public.items"] == 0
