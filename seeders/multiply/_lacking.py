"""Columns that look like references though the database has no foreign key for them, by their names and types alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from seeders.multiply._schema import Schema, SchemaColumn, SchemaTable

_INTEGERS = {"int2", "int4", "int8", "numeric"}
_ANY = {"id", "uuid", "guid", "key", "pk", "code", "name", "parent", "parentid", "type", "value"}  # they name no table


@dataclass(frozen=True, slots=True)
class Lacking:
    """A reference that no foreign key declares."""

    child: SchemaTable
    column: str
    parent: SchemaTable
    target: str  # its primary key, or another column that is unique


def lacking(schema: Schema, parents: Collection[int], without: Collection[int] = ()) -> Iterator[Lacking]:
    """What may refer to one of these tables: columns called as other references to it are, or after the table."""
    bound = {(one.child, column) for one in schema.references for column in one.columns}
    free = [
        (child, name, _called(child, name))
        for child in schema.tables.values() if child.oid not in without
        for name in child.columns if (child.oid, name) not in bound
    ]  # fmt: skip
    for oid in sorted(parents):
        parent = schema.tables[oid]
        for target in _targets(parent):
            names = _names(schema, parent, target)
            for child, name, called in free:
                alike = _alike(child.columns[name], parent.columns[target])
                if alike and not called.isdisjoint(names) and not _is_own_key(schema, child, name, called):
                    yield Lacking(child, name, parent, target)


def _is_own_key(schema: Schema, table: SchemaTable, column: str, called: set[str]) -> bool:
    return _targets(table) == [column] and not called.isdisjoint(_names(schema, table, column))


def link_text(schema: Schema, one: Lacking) -> str:
    """As --link takes it."""
    return f"{short(schema, one.child)}.{one.column}={short(schema, one.parent)}.{one.target}"


def short(schema: Schema, table: SchemaTable) -> str:
    """The table's name, with its schema where several have it."""
    alone = [one.name for one in schema.tables.values()].count(table.name) == 1
    return table.name if alone else table.label


def singular(name: str) -> set[str]:
    """What one row of a table of this name may be called, itself included."""
    forms = {name, name.removesuffix("s"), name.removesuffix("es")}
    return forms | {f"{name.removesuffix('ies')}y"} if name.endswith("ies") else forms


def _targets(table: SchemaTable) -> list[str]:
    alone = [key.columns[0] for key in table.keys if len(key.columns) == 1 and key.plain and key.kind != "exclusion"]
    return list(dict.fromkeys(alone))[:1]


def _names(schema: Schema, parent: SchemaTable, target: str) -> set[str]:
    """What a column that refers to `target` is called, without its case and its underscores."""
    used = {one.columns[0] for one in schema.below(parent.oid) if one.parent_columns == (target,)}
    last = re.split(r"[_\W]", parent.name.lower())[-1]
    rows = {_plain(form) for form in singular(parent.name.lower())}
    called = {f"{row}{end}" for row in {*rows, *singular(last)} for end in ("id", "uuid", "key", _plain(target))}
    return ({_plain(name) for name in used} | called | rows | {f"fk{row}" for row in rows}) - _ANY


def _called(table: SchemaTable, column: str) -> set[str]:
    """The column's name, and without the prefix that all columns of its table have (rev_page of revision)."""
    first, _, rest = column.partition("_")
    shared = len(table.columns) > 1 and all(name.startswith(f"{first}_") for name in table.columns)
    return {_plain(column), _plain(rest)} if shared else {_plain(column)}


def _plain(name: str) -> str:
    return re.sub(r"[_\W]", "", name).lower()


def _alike(column: SchemaColumn, target: SchemaColumn) -> bool:
    if column.generated is not None:
        return False
    kinds = {_kind(column), _kind(target)}
    return len(kinds) == 1 or kinds == {"text", "uuid"}


def _kind(column: SchemaColumn) -> str:
    return "text" if column.category == "S" else "integer" if column.base in _INTEGERS else column.base
