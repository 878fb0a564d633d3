"""New values for a renewed column: other in each copy of each row, and none that the table has already.

A renewal is SQL in `{value}`, the old value, and `{number}`, which counts the copies of all rows of the table from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import renewing
from seeders.multiply._new_text_values import TextColumnSite, text_renewal
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._tree import tree_number, tree_numbers

_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_SIGN = -(2**63)
_MARGIN = 1000  # keys left free for what the application inserts between our look at its sequence and its advance


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a column is renewed."""

    expression: str
    low: int | None = None  # numbers: the first new value; all are consecutive
    of_value: bool = False  # whether the new value needs the old one
    example: tuple[str, str] | None = None  # an old value and its first new one


def renew(connection: Connection, site: TextColumnSite, after: dict[str, int]) -> Renewal:
    """Choose a renewal by the column's type, values and constraints. `after` keeps what each sequence has given."""
    table, column = site.table, site.column
    if column.category == "S":
        return Renewal(text_renewal(connection, site), of_value=True)
    if column.name == tree_number(table):
        expression, last = tree_numbers(connection, table, site.staged, site.rounds)
        _check_room(site, last)
        return Renewal(expression, of_value=True)
    if column.base == "uuid":
        return Renewal(_uuid(site.salt))
    if column.base == "bytea":
        return Renewal(renewing("decode(md5({salt} || {number}), 'hex')", salt=site.salt))
    if column.category == "D":
        return Renewal(_later(connection, table, column))
    low = _low(connection, table, column, after)
    _check_room(site, low + site.count - 1)
    if column.sequence:
        after[column.sequence] = low + site.count
    return Renewal(renewing("{low} + {number}", low=low), low=low)


def _uuid(salt: str) -> str:
    """Of version 4: the first half scattered, as keys of an application are, and the second half counting.

    So no two are the same, for half of what MD5 would cost. The sign bit keeps both halves at sixteen digits.
    """
    seed, start = (int.from_bytes(blake2b(f"{salt}{n}".encode(), digest_size=7).digest()) for n in (1, 2))
    first = "to_hex(hashint8extended({number}::bigint, {seed}) & -61441 | {version})"
    text = "(" + first + " || to_hex({start} + {number}))::uuid"
    return renewing(text, seed=seed, version=_SIGN + (4 << 12), start=_SIGN + start)


def _low(connection: Connection, table: SchemaTable, column: SchemaColumn, after: dict[str, int]) -> int:
    largest = sql.SQL("SELECT floor(max({}))::numeric FROM {}").format(sql.Identifier(column.name), table.identifier)
    low = int(scalar(connection, largest) or 0) + 1
    if column.sequence is None:
        return low
    if column.sequence not in after:
        given = int(scalar(connection, sql.SQL("SELECT last_value FROM {}").format(sql.SQL(column.sequence))))
        after[column.sequence] = given + (1 if column.base == "int2" else _MARGIN)
    return max(low, after[column.sequence])


def _check_room(site: TextColumnSite, last: int) -> None:
    column = site.column
    if last > _LARGEST.get(column.base, last):
        raise UsageError(
            f"{site.table.label}.{column.name} cannot hold {last:,}",
            f"it is of type {column.base}, and new values for {site.count:,} rows end there",
            "Grow to fewer tenants, or give the column a larger type.",
        )


def _later(connection: Connection, table: SchemaTable, column: SchemaColumn) -> str:
    query = sql.SQL("SELECT max({})::text FROM {}")
    last = scalar(connection, query.format(sql.Identifier(column.name), table.identifier)) or "2000-01-01"
    days = "{last}::date + ({number} + 1)::int"
    seconds = "{last}::{base} + ({number} + 1) * interval '1 second'"
    return renewing(days if column.base == "date" else seconds, last=last, base=sql.SQL(column.base))
