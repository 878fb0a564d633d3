"""The rows of the source tenants, found along the references and numbered, in tables of a schema of our own.

Every row belongs to the last tenant that it hangs on, so a row that hangs on two tenants is copied once in each round
(a round copies every source tenant once), and never where one of the two is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Chain, Roles
from seeders.multiply._schema import Reference, Schema, SchemaTable, UniqueKey
from seeders.multiply._sql import quoted

_ANALYSE_ROWS = 1000  # from so many on the planner should know


@dataclass(frozen=True, slots=True)
class Staged:
    """What will be copied in a round."""

    rows: dict[int, int]  # by table
    tenants: int
    places: dict[tuple[int, Chain], str]  # the column that holds the number of the row that a chain leads to


def name(table: SchemaTable) -> str:
    """`schema.table` as SQL, to read its own rows from."""
    only = "" if table.partitioned else "ONLY "
    return f"{only}{quoted(table.schema)}.{quoted(table.name)}"


def staged(oid: int) -> str:
    """The table that holds the source rows of a table."""
    return f"{STAGING}.s_{oid}"


def stage(connection: Connection, roles: Roles, sources: str) -> Staged:
    """Find and number the rows, from the root's rows that fulfil `sources`. Inside a transaction of one snapshot."""
    connection.execute(f"DROP SCHEMA IF EXISTS {STAGING} CASCADE; CREATE SCHEMA {STAGING}".encode())
    connection.execute(b"SET LOCAL jit = off; SET LOCAL row_security = off")
    _reach(connection, roles, sources)
    places: dict[tuple[int, Chain], str] = {}
    rows: dict[int, int] = {}
    for oid in roles.copied:
        query = f"""CREATE TABLE {STAGING}.o_{oid} AS SELECT part, place, tenant,
                    row_number() OVER (ORDER BY tenant, part, place) - 1 AS ord FROM {STAGING}.n_{oid}"""
        rows[oid] = connection.execute(query.encode()).rowcount
    for oid in roles.copied:
        if rows[oid]:
            places |= _keep(connection, roles, oid)
            _check_fresh(connection, roles, roles.schema.tables[oid], places)
    for oid in roles.copied:
        connection.execute(f"DROP TABLE {STAGING}.o_{oid}, {STAGING}.n_{oid}".encode())
    return Staged(rows, rows[roles.root], places)


def matches(schema: Schema, one: Reference, child: str, parent: str) -> str:
    """The condition that a row refers to another."""
    tables = schema.tables[one.child].columns, schema.tables[one.parent].columns
    pairs = []
    for left, right in zip(one.columns, one.parent_columns, strict=True):
        cast = "::text" if one.declared and tables[0][left].base != tables[1][right].base else ""
        pairs.append(f"{child}.{quoted(left)}{cast} = {parent}.{quoted(right)}{cast}")
    return " AND ".join(pairs)


def _reach(connection: Connection, roles: Roles, sources: str) -> None:
    """Go along the references until no row is new and no row has another tenant."""
    for oid in roles.copied:
        query = f"""CREATE TABLE {STAGING}.n_{oid} (part oid, place tid, tenant bigint NOT NULL, pass int NOT NULL,
                    PRIMARY KEY (place, part))"""
        connection.execute(query.encode())
    root = roles.schema.tables[roles.root]
    first = next((key.columns for key in root.keys if key.kind == "primary"), ())
    order = ", ".join(quoted(column) for column in first) or "ctid"
    query = f"""INSERT INTO {STAGING}.n_{root.oid}
                SELECT tableoid, ctid, row_number() OVER (ORDER BY {order}) - 1, 0 FROM {name(root)} WHERE {sources}"""
    connection.execute(query.encode())
    number, changed = 0, {roles.root}
    while changed:
        number += 1
        before, changed = changed, set()
        for query, oid in _hops(roles, before, number):
            reached = connection.execute(query.encode()).rowcount
            if reached:
                changed.add(oid)
            if reached >= _ANALYSE_ROWS:
                connection.execute(f"ANALYZE {STAGING}.n_{oid}".encode())


def _hops(roles: Roles, changed: set[int], number: int) -> Iterator[tuple[str, int]]:
    for child in roles.copied:
        for one in roles.inner(child):
            if one.parent in changed and child != roles.root:
                yield _hop(roles, one, one.parent, child, number), child
            if child in changed and one.parent in roles.along:
                yield _hop(roles, one, child, one.parent, number), one.parent


def _hop(roles: Roles, one: Reference, start: int, end: int, number: int) -> str:
    """Reach the rows of `end` from those of `start` that the pass before has found."""
    tables = roles.schema.tables
    child, parent = ("b", "a") if end == one.child else ("a", "b")
    return f"""
    INSERT INTO {STAGING}.n_{end} AS n
    SELECT b.tableoid, b.ctid, max(f.tenant), {number}
    FROM {STAGING}.n_{start} f JOIN {name(tables[start])} a ON a.ctid = f.place AND a.tableoid = f.part
    JOIN {name(tables[end])} b ON {matches(roles.schema, one, child, parent)}
    WHERE f.pass = {number - 1} GROUP BY 1, 2
    ON CONFLICT (place, part) DO UPDATE SET tenant = excluded.tenant, pass = excluded.pass
    WHERE excluded.tenant > n.tenant"""


def _keep(connection: Connection, roles: Roles, oid: int) -> dict[tuple[int, Chain], str]:
    """Keep the rows of a table, each with the numbers of the copied rows that it refers to."""
    table = roles.schema.tables[oid]
    chains = dict.fromkeys(chain for (of, _), chain in roles.chains.items() if of == oid and chain)
    places = {(oid, chain): f"rampart_p{index}" for index, chain in enumerate(chains)}
    joins = [_join(roles.schema, chain, index) for index, chain in enumerate(chains)]
    numbers = [f"y{index}.ord AS rampart_p{index}" for index in range(len(chains))]
    columns = [f"t.{quoted(column)}" for column in table.columns]
    query = f"""
    CREATE TABLE {staged(oid)} AS
    SELECT o.ord AS rampart_ord, o.tenant AS rampart_tenant, {", ".join([*columns, *numbers])}
    FROM {STAGING}.o_{oid} o JOIN {name(table)} t ON t.ctid = o.place AND t.tableoid = o.part
    {" ".join(joins)} ORDER BY o.ord"""
    connection.execute(query.encode())
    connection.execute(f"ANALYZE {staged(oid)}".encode())
    return places


def _join(schema: Schema, chain: Chain, index: int) -> str:
    parts, below = [], "t"
    for step, one in enumerate(chain):
        above = f"x{index}_{step}"
        parts.append(f"LEFT JOIN {name(schema.tables[one.parent])} {above} ON {matches(schema, one, below, above)}")
        below = above
    parent = chain[-1].parent
    parts.append(
        f"LEFT JOIN {STAGING}.o_{parent} y{index} ON y{index}.place = {below}.ctid AND y{index}.part = {below}.tableoid"
    )
    return " ".join(parts)


def _check_fresh(
    connection: Connection, roles: Roles, table: SchemaTable, places: dict[tuple[int, Chain], str]
) -> None:
    """Refuse where a unique key depends on a reference that leads out of what is copied."""
    for key in table.keys:
        sources = [source for column in key.columns for source in table.sources(column)]
        chains = [roles.chains[table.oid, column] for column in sources if (table.oid, column) in roles.chains]
        if all(chains):
            stale = " AND ".join(f"{places[table.oid, chain]} IS NULL" for chain in chains)
            _refuse_stale(connection, roles.schema, table, key, stale)


def _refuse_stale(connection: Connection, schema: Schema, table: SchemaTable, key: UniqueKey, stale: str) -> None:
    whole = [f"{quoted(column)} IS NOT NULL" for column in key.columns] if key.nulls_distinct else []
    query = f"SELECT count(*) FROM {staged(table.oid)} WHERE {' AND '.join([stale, *whole])}"
    row = connection.execute(query.encode()).fetchone()
    if row and row[0]:
        above = {
            schema.tables[one.parent].label for one in schema.above(table.oid) if set(one.columns) & set(key.columns)
        }
        raise UsageError(
            f"{key.name} of {table.label} cannot be renewed",
            f"{row[0]:,} of the rows refer to rows of {', '.join(sorted(above))} that belong to no tenant",
            f"Take those along (--with), give a column new values (--set), or leave it out: --without {table.label}.",
        )
