"""Tables that carry a tenant's key without a foreign key, found by name, type and the values that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._lacking import Lacking, lacking, link_text, short
from seeders.multiply._roles import Roles
from seeders.multiply._schema import SchemaTable
from seeders.multiply._table_order import reached

_LOOKED_AT = 10_000  # rows of a column
_CONTAINED = 0.9  # of its values: what a log says of a tenant outlives the tenant


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A column that refers to what is copied, though nothing declares it."""

    table: str
    link: str  # as --link takes it
    copied: bool  # whether the table is copied all the same, and keeps the source's value here
    rows: int  # that hold a value, at least

    def __str__(self) -> str:
        size = f"{self.rows:,} rows{' or more' if self.rows >= _LOOKED_AT else ''}"
        what = "keeps the value of the source row" if self.copied else f"is not copied ({size})"
        return f"{self.table} {what}: if it refers to a copied row, say so with --link {self.link}"


def unlinked(connection: Connection, roles: Roles, without: frozenset[int]) -> list[Unlinked]:
    """What refers to copied tables, or to tables that do."""
    schema, copied = roles.schema, set(roles.copied)
    known, ahead, found = set(copied), set(copied), list[Unlinked]()
    seen = set[tuple[int, str]]()
    while ahead:
        new = set[int]()
        for one in lacking(schema, ahead, without):
            place = (one.child.oid, one.column)
            rows = 0 if place in seen or place in roles.chains else _contained(connection, one)
            if rows:
                seen.add(place)
                is_copied = one.child.oid in copied
                label = f"{short(schema, one.child)}.{one.column}" if is_copied else short(schema, one.child)
                found.append(Unlinked(label, link_text(schema, one), is_copied, rows))
                new |= reached(schema, one.child.oid)
        ahead, known = new - known, known | new
    return found


_VALUES = sql.SQL("""
WITH seen AS (SELECT {column}::text AS value FROM {child} WHERE {column} IS NOT NULL LIMIT {limit})
SELECT (SELECT count(*) FROM seen), count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM {parent} p WHERE p.{target}::text = v.value)) FROM (SELECT DISTINCT value FROM seen) v""")


def _contained(connection: Connection, one: Lacking) -> int:
    """How many rows were seen to refer to one of the parent; 0: they do not."""
    query = _VALUES.format(
        column=sql.Identifier(one.column), child=one.child.rows, parent=one.parent.rows,
        target=sql.Identifier(one.target), limit=_LOOKED_AT,
    )  # fmt: skip
    try:
        with connection.transaction():
            rows, values, there = connection.execute(query).fetchone() or (0, 0, 0)
    except psycopg.errors.InsufficientPrivilege:
        return 0
    return int(rows) if there and there >= _CONTAINED * values else 0


def check_size(root: SchemaTable, tables: Sequence[int], found: Sequence[Unlinked]) -> None:
    """Refuse a growth that would copy rows of the root alone, though other tables carry its key."""
    if list(tables) == [root.oid] and found:
        links = " ".join(f"--link {one.link}" for one in found)
        columns = ", ".join(one.link.partition("=")[0] for one in found)
        raise UsageError(
            f"nothing hangs on {root.label}",
            f"no foreign key leads to it, but there are columns that look like references: {columns}",
            f"Say which are: {links}; or leave those tables out: --without.",
        )
