"""Which rows of a table belong to seeded tenants, as SQL: by their tenant, or through the row that they belong to."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from rampart.errors import UsageError
from seeders.columns import Key, Parent, Ref, Tenant
from seeders.declaration.declare import PerParent, Table
from seeders.growth.target_tables import Found


def key_column(table: Table) -> str:
    """The name of the primary key."""
    for name, column in table.columns.items():
        if isinstance(column, Key):
            return name
    raise UsageError(f"table {table.name} has no key", "none of its columns is declared as Key()", "Declare one.")


def owned(tables: Mapping[str, Found], found: Found) -> sql.Composable:
    """A condition on the rows of `found`, with the keys of the seeded tenants in `rampart_owned`."""
    column, parent = _link(found.table)
    if parent is None:
        return sql.SQL("{} IN (SELECT key FROM rampart_owned)").format(sql.Identifier(column))
    above = tables[parent]
    return sql.SQL("{} IN (SELECT {} FROM {} WHERE {})").format(
        sql.Identifier(column), sql.Identifier(key_column(above.table)), above.name, owned(tables, above)
    )


def _link(table: Table) -> tuple[str, str | None]:
    """The column that ties rows to their tenant, and the table that it refers to (None: the tenants)."""
    if table.rows is None:
        return key_column(table), None
    for name, column in table.columns.items():
        if isinstance(column, Tenant):
            return name, None
    for name, column in table.columns.items():
        if isinstance(column, Parent) and isinstance(table.rows, PerParent):
            return name, table.rows.parent
    for name, column in table.columns.items():
        if isinstance(column, Ref) and not column.null:
            return name, column.table
    raise UsageError(
        f"nothing ties the rows of {table.name} to a tenant",
        "none of its columns is a Tenant(), a Parent() or a Ref() without NULLs",
        "Declare the one that does, so that the rows can be removed again.",
    )
