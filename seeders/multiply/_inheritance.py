"""Tables that inherit from another: its foreign keys and unique keys do not cover their rows, but are meant for them.

The server keeps neither for a table that inherits (INHERITS, as partitions were made before Postgres 10), so the same
columns are taken to refer to the same tables, and to be unique among all of the family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from seeders.database.connect import Connection
from seeders.multiply._schema import Reference, Schema, SchemaTable, UniqueKey

_INHERITS = """
SELECT i.inhrelid::bigint, i.inhparent::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE c.relkind = 'r' AND NOT c.relispartition ORDER BY i.inhrelid, i.inhseqno"""


def with_inherited(connection: Connection, schema: Schema) -> Schema:
    """The schema with what each table inherits beside what it has itself."""
    parents: dict[int, list[int]] = {}
    for child, parent in connection.execute(_INHERITS):
        if child in schema.tables and parent in schema.tables:
            parents.setdefault(child, []).append(parent)
    tables, references = dict(schema.tables), list(schema.references)
    for oid in parents:
        above = list(dict.fromkeys(_ancestors(parents, oid)))
        tables[oid] = _table(schema.tables, schema.tables[oid], above)
        references += _references(schema, oid, above)
    return Schema(tables, tuple(references))


def _ancestors(parents: Mapping[int, list[int]], oid: int) -> Iterator[int]:
    """Nearest first."""
    for parent in parents.get(oid, ()):
        yield parent
        yield from _ancestors(parents, parent)


def _table(tables: Mapping[int, SchemaTable], table: SchemaTable, above: list[int]) -> SchemaTable:
    own = {key.columns for key in table.keys}
    found: dict[tuple[str, ...], UniqueKey] = {}
    for oid in above:
        for key in tables[oid].keys:
            if key.columns not in own and key.kind != "exclusion":
                found.setdefault(key.columns, replace(key, inherited=True))
    keys = sorted((*table.keys, *found.values()), key=lambda key: key.kind != "primary")
    top = tables[above[-1]]
    return replace(table, keys=tuple(keys), family=(top.schema, top.name))


def _references(schema: Schema, oid: int, above: list[int]) -> list[Reference]:
    bound = {one.columns for one in schema.above(oid)}
    found: dict[tuple[str, ...], Reference] = {}
    for parent in above:
        for one in schema.above(parent):
            if one.columns not in bound:
                name = f"{one.name} of {schema.tables[parent].label}"
                found.setdefault(one.columns, replace(one, name=name, child=oid, declared=True))
    return list(found.values())
