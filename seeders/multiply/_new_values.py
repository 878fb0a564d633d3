"""New values for a renewed column: other in each copy of each row, and none that the table has already.

A renewal is SQL in `{value}`, the old value, and `{number}`, which counts the copies of all rows of the table from 0.
Each type has a usual way, and others for columns whose checks refuse that: the first is taken that they agree with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import renewing
from seeders.multiply._fits import ColumnSite, fits
from seeders.multiply._new_numbers import Given, check_room, numbers
from seeders.multiply._new_text_values import text_renewal
from seeders.multiply._tree import tree_number, tree_numbers

_SIGN = -(2**63)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a column is renewed."""

    expression: str
    low: int | None = None  # numbers: the first new value; all are consecutive
    of_value: bool = False  # whether the new value needs the old one
    example: tuple[str, str] | None = None  # an old value and its first new one


def renew(connection: Connection, site: ColumnSite, given: Given) -> Renewal:
    """Choose a renewal by the column's type, values and constraints; UsageError where none fits."""
    if site.column.category == "S":
        return Renewal(text_renewal(connection, site), of_value=True)
    if site.column.name == tree_number(site.table):
        expression, last = tree_numbers(connection, site.table, site.staged, site.rounds)
        check_room(site, last)
        return Renewal(expression, of_value=True)
    ways = _WAYS.get("D" if site.column.category == "D" else site.column.base, _numbered)
    for renewal in ways(connection, site, given):
        if fits(connection, site, renewal.expression):
            return renewal
    name = f"{site.table.label}.{site.column.name}"
    raise UsageError(
        f"no new values for {name} were found",
        f"it must be other in each copy, and its checks ({_checks(site)}) refuse every way",
        f'Say how: --set "{name}=SQL" with {{value}} and {{number}} in it.',
    )


def _checks(site: ColumnSite) -> str:
    mine = [one.expression for one in site.table.checks if site.column.name in one.columns]
    return ", ".join(mine) or f"those of {site.column.type}"


def _numbered(connection: Connection, site: ColumnSite, given: Given) -> Iterator[Renewal]:
    for expression, low in numbers(connection, site, given):
        yield Renewal(expression, low=low)


def _uuids(connection: Connection, site: ColumnSite, _given: Given) -> Iterator[Renewal]:
    """Of version 4, or of the version that all old values have."""
    yield Renewal(_uuid(site.salt, 4))
    versions = sql.SQL("SELECT min(v), max(v) FROM (SELECT substr({}::text, 15, 1) AS v FROM {}) t")
    row = connection.execute(versions.format(sql.Identifier(site.column.name), site.staged)).fetchone()
    low, high = row or (None, None)
    if low is not None and low == high:
        yield Renewal(_uuid(site.salt, int(low, 16)))


def _uuid(salt: str, version: int) -> str:
    """The first half scattered, as keys of an application are, and the second half counting.

    So no two are the same, for half of what MD5 would cost. The sign bit keeps both halves at sixteen digits.
    """
    seed, start = (int.from_bytes(blake2b(f"{salt}{n}".encode(), digest_size=7).digest()) for n in (1, 2))
    first = "to_hex(hashint8extended({number}::bigint, {seed}) & -61441 | {version})"
    text = "(" + first + " || to_hex({start} + {number}))::uuid"
    return renewing(text, seed=seed, version=_SIGN + (version << 12), start=_SIGN + start)


def _bytes(_connection: Connection, site: ColumnSite, _given: Given) -> Iterator[Renewal]:
    """16 of them, or as many as the old value has, up to 64."""
    yield Renewal(renewing("decode(md5({salt} || {number}), 'hex')", salt=site.salt))
    digits = "sha512(({salt} || {number})::bytea)"
    yield Renewal(renewing("substr(" + digits + ", 1, octet_length({value}::bytea))", salt=site.salt), of_value=True)


def _times(connection: Connection, site: ColumnSite, _given: Given) -> Iterator[Renewal]:
    """The days or seconds after the last; or whole weeks later, so that the day of the week and the hour stay."""
    base, column = site.column.base, sql.Identifier(site.column.name)
    last = scalar(connection, sql.SQL("SELECT max({})::text FROM {}").format(column, site.table.relatives))
    days = "{last}::date + ({number} + 1)::int"
    seconds = "{last}::{base} + ({number} + 1) * interval '1 second'"
    yield Renewal(renewing(days if base == "date" else seconds, last=last or "2000-01-01", base=sql.SQL(base)))
    span = sql.SQL(
        "SELECT extract(epoch FROM max({column}::timestamp) - min({column}::timestamp))::bigint FROM {table}"
    )
    weeks = int(scalar(connection, span.format(column=column, table=site.table.relatives)) or 0) // (7 * _DAY_S) + 1
    later = "({value}::{base} + ({number} / {rows} + 1) * {weeks} * interval '7 days')::{base}"
    rows = site.count // site.rounds
    yield Renewal(renewing(later, base=sql.SQL(base), rows=rows, weeks=weeks), of_value=True)


def _addresses(connection: Connection, site: ColumnSite, _given: Given) -> Iterator[Renewal]:
    """The addresses after the last."""
    column = sql.Identifier(site.column.name)
    query = sql.SQL("SELECT host({column})::text FROM {table} ORDER BY {column} DESC NULLS LAST LIMIT 1")
    last = scalar(connection, query.format(column=column, table=site.table.relatives)) or "10.0.0.0"
    yield Renewal(renewing("{last}::inet + ({number} + 1)", last=last))


_Ways = Callable[[Connection, ColumnSite, Given], Iterator[Renewal]]
_WAYS: dict[str, _Ways] = {"uuid": _uuids, "bytea": _bytes, "D": _times, "inet": _addresses}
