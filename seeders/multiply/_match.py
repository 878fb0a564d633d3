"""The conditions under which a row refers to another, and the rows whose reference leads nowhere.

A temporal reference (PERIOD) ends in a range, which the ranges of all parents of the same key must cover together. So
a row of it refers to every parent that it overlaps, and it is enough to look at one of them for the rest of the key.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from seeders.multiply._schema import Reference, Schema


def matches(schema: Schema, one: Reference, child: str, parent: str) -> sql.Composed:
    """The condition that a row refers to another; `child` and `parent` are what the statement calls their tables."""
    tables = schema.tables[one.child].columns, schema.tables[one.parent].columns
    pairs = []
    for place, (left, right) in enumerate(zip(one.columns, one.parent_columns, strict=True), 1):
        if one.period and place == len(one.columns):
            pair = sql.SQL("{} && {}")
        elif one.declared and tables[0][left].base != tables[1][right].base:
            pair = sql.SQL("{}::text = {}::text")
        else:
            pair = sql.SQL("{} = {}")
        pairs.append(pair.format(sql.Identifier(child, left), sql.Identifier(parent, right)))
    return sql.SQL(" AND ").join(pairs)


def parent_join(schema: Schema, one: Reference, child: str, parent: str) -> sql.Composed:
    """A left join from a row to the row that it refers to, or to the first of several."""
    rows, name = schema.tables[one.parent].rows, sql.Identifier(parent)
    condition = matches(schema, one, child, parent)
    if not one.period:
        return sql.SQL("LEFT JOIN {} {} ON {}").format(rows, name, condition)
    first = sql.SQL("SELECT {name}.tableoid, {name}.ctid, {name}.* FROM {rows} {name} WHERE {condition}")
    return sql.SQL("LEFT JOIN LATERAL ({} ORDER BY 1, 2 LIMIT 1) {} ON true").format(
        first.format(name=name, rows=rows, condition=condition), name
    )


def dangling(schema: Schema, one: Reference) -> sql.Composed:
    """SQL that counts the rows of which the reference leads nowhere."""
    parent = schema.tables[one.parent].rows
    if one.period:
        query = sql.SQL("""SELECT count(*) FROM {child} c WHERE {whole} AND NOT coalesce(
                           (SELECT range_agg(p.{ranges}) FROM {parent} p WHERE {matches}) @> c.{range}, false)""")
    else:
        query = sql.SQL("""SELECT count(*) FROM {child} c WHERE {whole}
                           AND NOT EXISTS (SELECT FROM {parent} p WHERE {matches})""")
    return query.format(
        child=schema.tables[one.child].rows, parent=parent, whole=whole(one.columns),
        matches=matches(schema, one, "c", "p"), range=sql.Identifier(one.columns[-1]),
        ranges=sql.Identifier(one.parent_columns[-1]),
    )  # fmt: skip


def whole(columns: Iterable[str]) -> sql.Composed:
    """The condition that no column is NULL."""
    return sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(sql.Identifier(column)) for column in columns)
