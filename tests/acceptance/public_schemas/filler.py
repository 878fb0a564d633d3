"""Two tenants made by hand, in a schema that nobody here knows: rows of every table that takes them, of both tenants.

A row refers to rows of its own tenant where there are any. What a table refuses (a check that cannot be guessed, a
trigger) is left empty, and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from seeders.multiply._lacking import lacking
from seeders.multiply._read_schema import read_schema
from seeders.multiply._schema import Reference, Schema, SchemaColumn, SchemaTable
from seeders.multiply._table_order import parents_first, reached

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_REQUIRED = """
SELECT a.attname FROM pg_attribute a LEFT JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnotnull OR t.typnotnull)
  AND NOT a.atthasdef AND a.attidentity = ''"""
_LABELS = "SELECT enumlabel FROM pg_enum WHERE enumtypid = %s::regtype ORDER BY enumsortorder LIMIT 1"
_BY_TYPE = {
    "bool": "false", "uuid": "gen_random_uuid()", "json": "'{}'", "jsonb": "'{}'", "bytea": "'\\x{n:04x}'",
    "date": "date '2026-01-01' + {n}", "timestamp": "'2026-01-01'", "timestamptz": "'2026-01-01 00:00Z'",
    "time": "'10:00'", "interval": "'1 day'", "inet": "'10.0.0.{b}'", "float4": "{n}", "float8": "{n}",
    "int2": "{n}", "int4": "{n}", "int8": "{n}", "numeric": "{n}", "tsvector": "''", "xml": "''",
}  # fmt: skip


@dataclass(slots=True)
class Filled:
    """What came of it."""

    tables: set[str] = field(default_factory=set)  # with rows of both tenants
    refused: dict[str, str] = field(default_factory=dict)  # why, by table


def fill(conninfo: str, root: str, rows: int = 3) -> Filled:
    """Fill what hangs on the root, by foreign keys or by the names of columns, and what that refers to."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        schema = _linked(read_schema(connection))
        first = next(table for table in schema.tables.values() if root in (table.name, table.label))
        below = reached(schema, first.oid)
        wanted = below | _above(schema, below)
        filler = _Filler(connection, schema, first.oid, rows)
        order = parents_first(schema, wanted, first.oid)
        at = {oid: place for place, oid in enumerate(order)}
        for strict in (True, True, True, False, False):  # what refers around a cycle takes several rounds
            for oid in order:
                waits = {one.parent for one in schema.above(oid) if at[one.parent] < at[oid]} - filler.filled
                if not (strict and waits):
                    filler.try_table(schema.tables[oid])
    return filler.done


def _linked(schema: Schema) -> Schema:
    """With references where the names of columns say so."""
    seen = {(one.child, column) for one in schema.references for column in one.columns}
    found = []
    for one in lacking(schema, schema.tables):
        if (one.child.oid, one.column) not in seen:
            seen.add((one.child.oid, one.column))
            found.append(Reference("named", one.child.oid, (one.column,), one.parent.oid, (one.target,), True, True))
    return Schema(schema.tables, (*schema.references, *found))


def _above(schema: Schema, tables: set[int]) -> set[int]:
    found, ahead = set[int](), list(tables)
    while ahead:
        new = {one.parent for one in schema.above(ahead.pop())} - found - tables
        found |= new
        ahead += new
    return found


class _Filler:
    def __init__(self, connection: psycopg.Connection, schema: Schema, root: int, rows: int) -> None:
        self.connection, self.schema, self.root, self.rows = connection, schema, root, rows
        self.done, self.made, self.number = Filled(), dict[tuple[int, int], list[dict[str, object]]](), 0

    @property
    def filled(self) -> set[int]:
        return {oid for oid, _ in self.made}

    def try_table(self, table: SchemaTable) -> None:
        """Put rows of both tenants into it, unless there are some."""
        for tenant in (0, 1):
            if (table.oid, tenant) in self.made:
                continue
            found = []
            for _ in range(1 if table.oid == self.root else self.rows):
                try:
                    with self.connection.transaction():
                        found.append(self._insert(table, tenant))
                except (psycopg.Error, LookupError) as error:
                    self.done.refused[table.label] = str(error).splitlines()[0]
                    break
            if found:
                self.made[table.oid, tenant] = found
                self.done.refused.pop(table.label, None)
                self.done.tables.add(table.label)

    def _insert(self, table: SchemaTable, tenant: int) -> dict[str, object]:
        self.number += 1
        values = self._references(table, tenant)
        required = {name for (name,) in self.connection.execute(_REQUIRED, [table.oid])}
        keyed = {name for key in table.keys for name in key.columns if table.columns[name].sequence is None}
        for name in sorted(required | keyed):
            column = table.columns[name]
            if name not in values and column.generated is None and (name in required or column.base != "uuid"):
                values[name] = self._value(table, column)
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        items = sql.SQL(", ").join(
            one if isinstance(one, sql.Composable) else sql.Literal(one) for one in values.values()
        )
        query = (
            sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *")
            if values
            else sql.SQL("INSERT INTO {} DEFAULT VALUES RETURNING *")
        )
        cursor = self.connection.cursor(row_factory=psycopg.rows.dict_row)
        row = cursor.execute(query.format(table.identifier, names, items)).fetchone()
        if row is None:
            raise LookupError("the row did not come back")
        return row

    def _references(self, table: SchemaTable, tenant: int) -> dict[str, object]:
        values: dict[str, object] = {}
        for one in sorted(self.schema.above(table.oid), key=lambda one: -len(one.columns)):
            parents = self.made.get((one.parent, tenant), [])
            if parents and one.parent != table.oid and not set(one.columns) & set(values):
                row = parents[self.number % len(parents)]
                values |= {name: row[target] for name, target in zip(one.columns, one.parent_columns, strict=True)}
        return values

    def _value(self, table: SchemaTable, column: SchemaColumn) -> sql.Composable:
        said = [
            text for check in table.checks if column.name in check.columns for text in _QUOTED.findall(check.expression)
        ]
        if said and column.category == "S":
            return sql.Literal(said[self.number % len(said)].replace("''", "'"))
        if column.category == "E":
            return sql.Literal(self.connection.execute(_LABELS, [column.type]).fetchone()[0])
        if column.category == "A":
            return sql.SQL("'{{}}'")
        if column.category == "S":
            text = f"{column.name}{self.number}"
            return sql.Literal(text if column.length is None else text[-column.length :])
        pattern = _BY_TYPE.get(column.base, "NULL")
        return sql.SQL(
            pattern.format(n=self.number, b=self.number % 250) if "{n" in pattern or "{b" in pattern else pattern
        )
