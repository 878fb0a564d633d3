"""A table with a partition for each tenant has none for copies: refused before the first row, with what to create."""

from __future__ import annotations

import re

import pytest
from multiplying import ask, grown_and_taken_back, refused

TENANTS = "CREATE TABLE tenants (id int PRIMARY KEY, name text); INSERT INTO tenants VALUES (1, 'one'), (2, 'two');"
ORDERS = """CREATE TABLE orders (id bigint, tenant_id int NOT NULL REFERENCES tenants, day date, PRIMARY KEY ({}))
            PARTITION BY {};"""
ROWS = "INSERT INTO orders SELECT n, 1 + n % 2, date '2026-01-01' + n % 9 FROM generate_series(1, 20) n"
# How orders are partitioned, where a copy finds no place, and how many tenants still do.
PARTITIONED = {
    "a list": (
        ("tenant_id, id", "LIST (tenant_id)"),
        """CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1);
           CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2);""",
        r"public.orders has no partition.*LIST \(tenant_id\).*2 partitions takes tenant_id = 3\. ",
    ),
    "a list below a range": (
        ("tenant_id, id, day", "RANGE (day)"),
        """CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
               PARTITION BY LIST (tenant_id);
           CREATE TABLE orders_2026_old PARTITION OF orders_2026 FOR VALUES IN (1, 2);""",
        r"public.orders_2026 has no partition.*takes tenant_id = 3\. ",
    ),
    "a range that ends": (
        ("tenant_id, id", "RANGE (tenant_id)"),
        "CREATE TABLE orders_few PARTITION OF orders FOR VALUES FROM (1) TO (5);",
        r"public.orders has no partition.*takes tenant_id = 5\. ",
    ),
    "an expression": (
        None,
        """CREATE TABLE orders (id bigint, tenant_id int NOT NULL REFERENCES tenants, day date)
               PARTITION BY LIST (('t' || tenant_id));
           CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN ('t1', 't2');""",
        r"public.orders has no partition.*takes tenant_id = 3\. ",
    ),
}


@pytest.mark.parametrize("kind", PARTITIONED)
def test_what_has_no_partition_is_refused_with_the_default_to_create(schema, kind):
    head, parts, said = PARTITIONED[kind]
    made = schema(TENANTS + (ORDERS.format(*head) if head else "") + parts + ROWS)
    refusal = refused(made, said)
    create = re.search(r"CREATE TABLE \S+_default PARTITION OF \S+ DEFAULT;", refusal.remedy)
    assert create is not None
    ask(made, create.group())
    rows = grown_and_taken_back(made)
    assert sum(count for table, count in rows.items() if table.startswith("orders")) == 60


def test_what_hashes_or_ranges_have_room_for_is_copied(schema):
    parts = """CREATE TABLE orders_0 PARTITION OF orders FOR VALUES WITH (MODULUS 2, REMAINDER 0);
               CREATE TABLE orders_1 PARTITION OF orders FOR VALUES WITH (MODULUS 2, REMAINDER 1);"""
    made = schema(TENANTS + ORDERS.format("tenant_id, id", "HASH (tenant_id)") + parts + ROWS)
    assert sum(grown_and_taken_back(made).values()) == 66
    ask(made, "DROP TABLE orders_1")
    said = "each remainder of the modulus needs one"
    assert said in refused(made, "no partition for the copies", where="EXISTS (SELECT FROM orders)").remedy
