"""The rows of the source tenants, found along the references and numbered, in tables of a schema of our own.

Every row belongs to the last tenant that it hangs on, so a row that hangs on two tenants is copied once in each round
(a round copies every source tenant once), and never where one of the two is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._match import matches, parent_join
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Chain, Roles
from seeders.multiply._schema import Reference, Schema, SchemaTable, UniqueKey

_ANALYSE_ROWS = 1000  # from so many on the planner should know


@dataclass(frozen=True, slots=True)
class Staged:
    """What will be copied in a round."""

    rows: dict[int, int]  # by table
    tenants: int
    places: dict[tuple[int, Chain], str]  # the column that holds the number of the row that a chain leads to


def staged(oid: int) -> sql.Identifier:
    """The table that holds the source rows of a table."""
    return _own("s", oid)


def _own(kind: str, oid: int) -> sql.Identifier:
    """A table of ours: "n" places of rows as they are found, "o" in their order, "s" the rows."""
    return sql.Identifier(STAGING, f"{kind}_{oid}")


def find(connection: Connection, roles: Roles, sources: sql.Composable) -> None:
    """Find the rows from the root's rows that fulfil `sources`. Inside a transaction of one snapshot."""
    drop = sql.SQL("DROP SCHEMA IF EXISTS {staging} CASCADE; CREATE SCHEMA {staging}")
    connection.execute(drop.format(staging=sql.Identifier(STAGING)))
    connection.execute("SET LOCAL jit = off; SET LOCAL row_security = off")
    _reach(connection, roles, sources)


def distinct(connection: Connection, schema: Schema, oid: int, columns: Sequence[str]) -> list[int]:
    """How many values each of these columns has among the rows that were found."""
    counts = [sql.SQL("count(DISTINCT t.{})").format(sql.Identifier(column)) for column in columns]
    query = sql.SQL("SELECT {} FROM {} n JOIN {} t ON t.ctid = n.place AND t.tableoid = n.part").format(
        sql.SQL(", ").join(counts), _own("n", oid), schema.tables[oid].rows
    )
    row = connection.execute(query).fetchone()
    return list(row or ())


def covers(connection: Connection, schema: Schema, oid: int, key: UniqueKey) -> bool:
    """Whether the key looks at any of the rows that were found: not where it compares a NULL, or leaves the row out."""
    rows = sql.SQL("SELECT t.* FROM {} n JOIN {} t ON t.ctid = n.place AND t.tableoid = n.part").format(
        _own("n", oid), schema.tables[oid].rows
    )
    compared = [sql.SQL("({}) IS NOT NULL").format(sql.SQL(one)) for one in key.elements if key.nulls_distinct]
    looked_at = sql.SQL(" AND ").join(
        [*compared, sql.SQL("coalesce(({}), false)").format(sql.SQL(key.predicate or "true"))]
    )
    return bool(scalar(connection, sql.SQL("SELECT EXISTS (SELECT FROM ({}) t WHERE {})").format(rows, looked_at)))


def stage(connection: Connection, roles: Roles) -> Staged:
    """Number the rows that were found, and keep them."""
    places: dict[tuple[int, Chain], str] = {}
    rows: dict[int, int] = {}
    order = sql.SQL("""CREATE TABLE {} AS SELECT part, place, tenant,
                       row_number() OVER (ORDER BY tenant, part, place) - 1 AS ord FROM {}""")
    for oid in roles.copied:
        rows[oid] = connection.execute(order.format(_own("o", oid), _own("n", oid))).rowcount
    for oid in roles.copied:
        if rows[oid]:
            places |= _keep(connection, roles, oid)
            _check_fresh(connection, roles, roles.schema.tables[oid], places)
    for oid in roles.copied:
        connection.execute(sql.SQL("DROP TABLE {}, {}").format(_own("o", oid), _own("n", oid)))
    return Staged(rows, rows[roles.root], places)


def _reach(connection: Connection, roles: Roles, sources: sql.Composable) -> None:
    """Go along the references until no row is new and no row has another tenant."""
    make = sql.SQL("""CREATE TABLE {} (part oid, place tid, tenant bigint NOT NULL, pass int NOT NULL,
                      PRIMARY KEY (place, part))""")
    for oid in roles.copied:
        connection.execute(make.format(_own("n", oid)))
    _start(connection, roles.schema.tables[roles.root], sources)
    number, changed = 0, {roles.root}
    while changed:
        number += 1
        before, changed = changed, set()
        for query, oid in _hops(roles, before, number):
            reached = connection.execute(query).rowcount
            if reached:
                changed.add(oid)
            if reached >= _ANALYSE_ROWS:
                connection.execute(sql.SQL("ANALYZE {}").format(_own("n", oid)))


def _start(connection: Connection, root: SchemaTable, sources: sql.Composable) -> None:
    """The root's rows, a tenant each, in the order of their primary key."""
    first = next((key.columns for key in root.keys if key.kind == "primary"), ("ctid",))
    query = sql.SQL("INSERT INTO {} SELECT tableoid, ctid, row_number() OVER (ORDER BY {}) - 1, 0 FROM {} WHERE {}")
    order = sql.SQL(", ").join(map(sql.Identifier, first))
    connection.execute(query.format(_own("n", root.oid), order, root.rows, sources))


def _hops(roles: Roles, changed: set[int], number: int) -> Iterator[tuple[sql.Composed, int]]:
    for child in roles.copied:
        for one in roles.inner(child):
            if one.parent in changed and child != roles.root:
                yield _hop(roles, one, one.parent, child, number), child
            if child in changed and one.parent in roles.along:
                yield _hop(roles, one, child, one.parent, number), one.parent


_HOP = sql.SQL("""
INSERT INTO {found} AS n
SELECT b.tableoid, b.ctid, max(f.tenant), {number}
FROM {before} f JOIN {start} a ON a.ctid = f.place AND a.tableoid = f.part
JOIN {end} b ON {matches}
WHERE f.pass = {number} - 1 GROUP BY 1, 2
ON CONFLICT (place, part) DO UPDATE SET tenant = excluded.tenant, pass = excluded.pass
WHERE excluded.tenant > n.tenant""")


def _hop(roles: Roles, one: Reference, start: int, end: int, number: int) -> sql.Composed:
    """Reach the rows of `end` from those of `start` that the pass before has found."""
    tables = roles.schema.tables
    child, parent = ("b", "a") if end == one.child else ("a", "b")
    return _HOP.format(
        found=_own("n", end), before=_own("n", start), start=tables[start].rows, end=tables[end].rows,
        matches=matches(roles.schema, one, child, parent), number=number,
    )  # fmt: skip


_KEEP = sql.SQL("""
CREATE TABLE {kept} AS
SELECT o.ord AS rampart_ord, o.tenant AS rampart_tenant, {columns}
FROM {ordered} o JOIN {rows} t ON t.ctid = o.place AND t.tableoid = o.part {joins} ORDER BY o.ord""")


def _keep(connection: Connection, roles: Roles, oid: int) -> dict[tuple[int, Chain], str]:
    """Keep the rows of a table, each with the numbers of the copied rows that it refers to."""
    table = roles.schema.tables[oid]
    chains = dict.fromkeys(chain for (of, _), chain in roles.chains.items() if of == oid and chain)
    places = {(oid, chain): f"rampart_p{index}" for index, chain in enumerate(chains)}
    joins = [_join(roles.schema, chain, index) for index, chain in enumerate(chains)]
    number = sql.SQL("{} AS {}")
    numbers = [
        number.format(sql.Identifier(f"y{at}", "ord"), sql.Identifier(name)) for at, name in enumerate(places.values())
    ]
    columns = [sql.Identifier("t", column) for column in table.columns]
    query = _KEEP.format(
        kept=staged(oid), ordered=_own("o", oid), rows=table.rows, joins=sql.SQL(" ").join(joins),
        columns=sql.SQL(", ").join([*columns, *numbers]),
    )  # fmt: skip
    connection.execute(query)
    connection.execute(sql.SQL("ANALYZE {}").format(staged(oid)))
    return places


def _join(schema: Schema, chain: Chain, index: int) -> sql.Composed:
    """From a row of `t` along a chain to the row that it ends at, whose number is `ord` in a table called `y`."""
    parts, below = [], "t"
    for step, one in enumerate(chain):
        above = f"x{index}_{step}"
        parts.append(parent_join(schema, one, below, above))
        below = above
    last = sql.SQL("LEFT JOIN {ordered} {y} ON {y}.place = {below}.ctid AND {y}.part = {below}.tableoid")
    names = {"y": sql.Identifier(f"y{index}"), "below": sql.Identifier(below)}
    parts.append(last.format(ordered=_own("o", chain[-1].parent), **names))
    return sql.SQL(" ").join(parts)


def _check_fresh(
    connection: Connection, roles: Roles, table: SchemaTable, places: dict[tuple[int, Chain], str]
) -> None:
    """Refuse where a unique key depends on a reference that leads out of what is copied."""
    for key in table.keys:
        sources = [source for column in key.columns for source in table.sources(column)]
        chains = [roles.chains[table.oid, column] for column in sources if (table.oid, column) in roles.chains]
        if chains and all(chains):
            _refuse_stale(connection, roles.schema, table, key, [places[table.oid, chain] for chain in chains])


def _refuse_stale(
    connection: Connection, schema: Schema, table: SchemaTable, key: UniqueKey, places: Sequence[str]
) -> None:
    stale = [sql.SQL("{} IS NULL").format(sql.Identifier(place)) for place in places]
    whole = [sql.SQL("{} IS NOT NULL").format(sql.Identifier(one)) for one in key.columns if key.nulls_distinct]
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}")
    rows = scalar(connection, query.format(staged(table.oid), sql.SQL(" AND ").join([*stale, *whole])))
    if rows:
        above = {
            schema.tables[one.parent].label for one in schema.above(table.oid) if set(one.columns) & set(key.columns)
        }
        raise UsageError(
            f"{key.name} of {table.label} cannot be renewed",
            f"{rows:,} of the rows refer to rows of {', '.join(sorted(above))} that belong to no tenant",
            f"Take those along (--with), give a column new values (--set), or leave it out: --without {table.label}.",
        )
