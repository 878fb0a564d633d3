"""The source rows that a rehearsal copies: those of the smallest tenant, and one of each table that it lacks.

A row needs those that it refers to, so they are taken with it, whoever's they are.
"""

from __future__ import annotations

from collections import Counter

from psycopg import sql

from seeders.database.connect import Connection, scalar
from seeders.multiply._match import matches
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Roles
from seeders.multiply._stage import Staged, staged

TENANT = -1  # that sampled rows are given, so that an INSERT for all tenants below 0 copies them and no other


def mark_sample(connection: Connection, roles: Roles, counted: Staged) -> dict[int, int]:
    """Give the rows to the tenant `TENANT`; how many there are, by table."""
    tables = [oid for oid in roles.copied if counted.rows[oid]]
    smallest = _smallest(connection, tables)
    for oid in tables:
        make = sql.SQL("CREATE TABLE {} AS SELECT rampart_ord AS ord FROM {} WHERE rampart_tenant = {}")
        if not connection.execute(make.format(_sample(oid), staged(oid), smallest)).rowcount:
            first = sql.SQL("INSERT INTO {} SELECT min(rampart_ord) FROM {}")
            connection.execute(first.format(_sample(oid), staged(oid)))
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (ord)").format(_sample(oid)))
    while sum(_with_parents(connection, roles, oid) for oid in reversed(tables)):
        pass
    mark = sql.SQL("UPDATE {} SET rampart_tenant = {} WHERE rampart_ord IN (SELECT ord FROM {})")
    return {oid: connection.execute(mark.format(staged(oid), TENANT, _sample(oid))).rowcount for oid in tables}


def _sample(oid: int) -> sql.Identifier:
    return sql.Identifier(STAGING, f"k_{oid}")


def _smallest(connection: Connection, tables: list[int]) -> int:
    """The tenant with the fewest rows in all."""
    sizes: Counter[int] = Counter()
    for oid in tables:
        query = sql.SQL("SELECT rampart_tenant, count(*) FROM {} GROUP BY 1").format(staged(oid))
        sizes.update(dict(connection.execute(query).fetchall()))
    return min(sizes, key=lambda tenant: (sizes[tenant], tenant))


_PARENTS = sql.SQL("""
INSERT INTO {above} SELECT DISTINCT p.rampart_ord FROM {sample} k JOIN {child} c ON c.rampart_ord = k.ord
JOIN {parent} p ON {matches} WHERE NOT EXISTS (SELECT FROM {above} a WHERE a.ord = p.rampart_ord)""")


def _with_parents(connection: Connection, roles: Roles, child: int) -> int:
    """Sample what the sampled rows of a table refer to; how many rows that were not sampled before."""
    found = 0
    for one in roles.inner(child):
        if scalar(connection, "SELECT to_regclass(%s)", [f"{STAGING}.k_{one.parent}"]):
            query = _PARENTS.format(
                above=_sample(one.parent), sample=_sample(child), child=staged(child), parent=staged(one.parent),
                matches=matches(roles.schema, one, "c", "p"),
            )  # fmt: skip
            found += connection.execute(query).rowcount
    return found
