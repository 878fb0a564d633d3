"""The largest number in a text column, counted over every table that shares its keys by inheritance."""

from __future__ import annotations

from psycopg import sql

from seeders.database.connect import Connection, scalar
from seeders.multiply._fits import ColumnSite


def highest(connection: Connection, site: ColumnSite, pattern: str, letters: str = "0123456789") -> int:
    """The largest number that stands in this place of a value, in these letters; -1: none."""
    query = sql.SQL("SELECT max(translate((regexp_match({}::text, {}))[1], {}, '0123456789')::bigint) FROM {}")
    column = sql.Identifier(site.column.name)
    found = scalar(connection, query.format(column, pattern, letters, site.table.relatives))
    return -1 if found is None else int(found)
