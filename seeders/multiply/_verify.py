"""Prove that every foreign key holds, by counting the rows that refer to nothing, and every deferrable unique key."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from psycopg import sql

from rampart.errors import Incomplete
from seeders.database.connect import Connection, qualified, scalar
from seeders.database.crew import Crew
from seeders.multiply._match import dangling, whole
from seeders.multiply._schema import Reference, Schema, SchemaTable, UniqueKey

Name = tuple[int, str]  # of a constraint: its table's oid and its own name


def verify(hands: Crew, schema: Schema, tables: Collection[int], proved: Collection[Name]) -> int:
    """Check all references that start or end at these tables; how many there were. Incomplete where one fails.

    Those that the server itself has just `proved` are not counted again.
    """
    references = touching(schema, tables)
    wrong: dict[str, int] = {}
    lock = threading.Lock()

    def check(connection: Connection, one: tuple[str, sql.Composed]) -> None:
        count = scalar(connection, one[1])
        if count:
            with lock:
                wrong[one[0]] = count

    hands.each(check, contradictions(schema, tables, proved))
    if wrong:
        raise Incomplete(
            "the copies do not hold together",
            f"counted after the last row, these constraints are violated: {listed(wrong)}",
            "Take the copies out: rampart seed --remove. Somebody may have deleted rows meanwhile.",
        )
    return len(references)


def listed(wrong: Mapping[str, int]) -> str:
    """What is violated, by how many rows."""
    return ", ".join(f"{label}: {count:,} rows" for label, count in sorted(wrong.items()))


def contradictions(
    schema: Schema, tables: Collection[int], proved: Collection[Name] = ()
) -> list[tuple[str, sql.Composed]]:
    """What must hold after a growth of these tables, each with SQL that counts the rows that contradict it."""
    queries = [
        (f"{one.name} of {schema.tables[one.child].label}", dangling(schema, one))
        for one in touching(schema, tables)
        if (one.child, one.name) not in proved
    ]
    # Deferrable keys are checked by triggers, which were still.
    return queries + [
        (f"{key.name}", (clashing if key.operators else doubled)(schema.tables[oid], key))
        for oid in tables
        for key in schema.tables[oid].keys
        if key.deferrable and not key.inherited
    ]


def validated(connection: Connection, names: Collection[str]) -> set[Name]:
    """Those foreign keys, named as what waits to be put back is named."""
    with qualified(connection):
        query = """SELECT conrelid::bigint, conname, format('valid %s %I', conrelid::regclass, conname)
                   FROM pg_constraint WHERE contype = 'f' AND convalidated"""
        return {(oid, name) for oid, name, label in connection.execute(query) if label in names}


def touching(schema: Schema, tables: Collection[int]) -> list[Reference]:
    """The database's own references, valid before, that start or end at these tables."""
    return [
        one
        for one in schema.references
        if one.validated and not one.declared and (one.child in tables or one.parent in tables)
    ]


def doubled(table: SchemaTable, key: UniqueKey) -> sql.Composed:
    """SQL that counts the values that stand twice in a unique key."""
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1) d")
    counted = whole(key.columns) if key.nulls_distinct else sql.SQL("true")
    return query.format(table.rows, counted, sql.SQL(", ").join(map(sql.Identifier, key.columns)))


def clashing(table: SchemaTable, key: UniqueKey) -> sql.Composed:
    """SQL that counts the rows that an exclusion constraint or a key without overlaps does not allow beside others."""
    elements = [sql.SQL("({}) AS e{}").format(sql.SQL(text), at) for at, text in enumerate(key.elements)]
    rows = sql.SQL("(SELECT ctid AS place, tableoid AS part, {} FROM {} WHERE {})").format(
        sql.SQL(", ").join(elements), table.rows, sql.SQL(key.predicate or "true")
    )
    both = [sql.SQL("a.e{at} {by} b.e{at}").format(at=at, by=sql.SQL(by)) for at, by in enumerate(key.operators)]
    query = sql.SQL("SELECT count(*) FROM {rows} a WHERE EXISTS (SELECT FROM {rows} b WHERE {clash} AND {apart})")
    apart = sql.SQL("(a.place, a.part) <> (b.place, b.part)")
    return query.format(rows=rows, clash=sql.SQL(" AND ").join(both), apart=apart)
