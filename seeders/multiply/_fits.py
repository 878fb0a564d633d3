"""Whether a column's new values are what its type, its length and its checks allow, tried on the source rows."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import psycopg
from psycopg import sql

from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import filled
from seeders.multiply._schema import SchemaColumn, SchemaTable

_UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class ColumnSite:
    """A column to be renewed."""

    table: SchemaTable
    column: SchemaColumn
    staged: sql.Identifier  # the rows that will be copied
    count: int  # new rows in all
    rounds: int  # in which they are made
    secret: str

    @property
    def salt(self) -> str:
        """Of the column, for what is hashed: no token of an expression can be in it, whatever a name holds."""
        name = f"{self.secret}:{self.table.label}.{self.column.name}"
        return blake2b(name.encode(), digest_size=8).hexdigest()

    @property
    def room(self) -> int:
        """How many characters the column holds."""
        return self.column.length or _UNLIMITED


_FITS = sql.SQL("""
SELECT coalesce(bool_and({holds}), true) FROM (
    SELECT coalesce(char_length({new}::text) <= {room}, true) AS rampart_fits, {columns}
    FROM {staged} s, (VALUES (0), ({last})) n(number)) t""")


def fits(connection: Connection, site: ColumnSite, expression: str) -> bool:
    """Whether the first and the last new value of every row are as long as may be and pass the column's checks."""
    column, old = sql.Identifier(site.column.name), sql.Identifier("s", site.column.name)
    value = sql.SQL("{}::text").format(old) if site.column.category == "S" else old
    new = sql.SQL("({})").format(filled(expression, value, sql.SQL("n.number")))
    renewed = sql.SQL("{}::{} AS {}").format(new, sql.SQL(site.column.type), column)
    others = [sql.Identifier("s", name) for name in site.table.columns if name != site.column.name]
    checks = [one.expression for one in site.table.checks if site.column.name in one.columns]
    holds = [sql.SQL("coalesce(({}), true)").format(sql.SQL(check)) for check in ("rampart_fits", *checks)]
    computed = sql.SQL("coalesce(char_length({}::text) >= 0, true)").format(column)  # so that its type has a say
    query = _FITS.format(
        holds=sql.SQL(" AND ").join([*holds, computed]), new=new,
        room=site.room, staged=site.staged, last=site.count - 1, columns=sql.SQL(", ").join([renewed, *others]),
    )  # fmt: skip
    try:
        with connection.transaction():
            return bool(scalar(connection, query))
    except (psycopg.DataError, psycopg.IntegrityError):  # a domain's check, or a value that its type cannot hold
        return False
