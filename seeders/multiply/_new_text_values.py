"""New values for unique text: the first way that the column's own values, its length and its checks agree with.

Each way puts a number into the value, and no two copies have the same one, so that none can meet another; the numbers
begin above those that stand in the table already. A way is tried on all values that will be copied, for the first copy
and the last, against every check constraint that reads the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._sql import filled, literal, quoted
from seeders.multiply._tree import tree_ways

_HOST = r"^([a-z0-9][a-z0-9-]*\.)+[a-z]{2,}$"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_LETTERS = ("0123456789", "ABCDEFGHIJ", "abcdefghij")  # what a tail of the value may be written in
_UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class TextColumnSite:
    """A column to be renewed."""

    table: SchemaTable
    column: SchemaColumn
    staged: str  # the rows that will be copied
    count: int  # new rows in all
    rounds: int  # in which they are made
    secret: str


def text_renewal(connection: Connection, site: TextColumnSite) -> str:
    """SQL for the new values; UsageError where no way fits."""
    for expression in _ways(connection, site):
        if _fits(connection, site, expression):
            return expression
    name = f"{site.table.label}.{site.column.name}"
    raise UsageError(
        f"no new values for {name} were found",
        f"it must be unique, holds {site.column.length or 'any number of'} characters, and its checks refuse every way",
        f'Say how: --set "{name}=SQL" with {{value}} and {{number}} in it.',
    )


def _ways(connection: Connection, site: TextColumnSite) -> Iterator[str]:
    room, secret = site.column.length or _UNLIMITED, literal(f"{site.secret}:{site.table.label}.{site.column.name}:")
    yield from tree_ways(connection, site.table, site.column, site.staged, site.rounds)
    if _all_match(connection, site, "@"):
        yield from _mail(connection, site, room)
    if _all_match(connection, site, "^[0-9]{1,17}$"):
        new = f"({_highest(connection, site, '^([0-9]{1,17})$') + 1} + {{number}})::text"
        yield f"lpad({new}, greatest(char_length({{value}}), char_length({new})), '0')"
    if _all_match(connection, site, _UUID):
        yield f"md5({secret} || {{number}})::uuid::text"
    if _all_match(connection, site, "^[0-9a-f]{16,64}$"):
        yield f"left(md5({secret} || {{number}}) || md5({secret} || {{number}} || 'b'), char_length({{value}}))"
    if _all_match(connection, site, _HOST):
        number = f"({_highest(connection, site, '^c([0-9]{1,17})-') + 1} + {{number}})"
        yield f"left('c' || {number} || '-' || {{value}}, {room})"
    for mark in ("-c", "_c", "c", "C"):
        first = _highest(connection, site, f"{mark}([0-9]{{1,17}})$") + 1
        left = room - len(mark) - len(str(first + site.count))
        if left > 0:
            yield f"left({{value}}, {left}) || '{mark}' || ({first} + {{number}})"
    for letters in _LETTERS:
        yield from _tails(connection, site, letters)


def _mail(connection: Connection, site: TextColumnSite, room: int) -> Iterator[str]:
    """To a domain that nobody can have (RFC 2606), so that no stranger gets mail; else in the domain that it has."""
    first = _highest(connection, site, "-c([0-9]{1,17})@") + 1
    width = 2 + len(str(first + site.count))
    name, domain = "split_part({value}, '@', 1)", "split_part({value}, '@', 2)"
    if room > width + 12:
        yield f"left({name}, {min(64, room - 12) - width}) || '-c' || ({first} + {{number}}) || '@example.com'"
    yield f"left({name}, greatest(1, {room - width - 1} - char_length({domain}))) || '-c' || ({first} + {{number}}) || '@' || {domain}"  # noqa: E501


def _tails(connection: Connection, site: TextColumnSite, letters: str) -> Iterator[str]:
    """The last characters replaced by a number written in these letters; the length stays."""
    for width in range(len(str(site.count)), len(str(site.count)) + 2):
        first = _highest(connection, site, f"([{letters}]{{{width}}})$", letters) + 1
        if first + site.count <= 10**width and _all_match(connection, site, f"^.{{{width},}}$"):
            number = f"translate(lpad(({first} + {{number}})::text, {width}, '0'), '0123456789', '{letters}')"
            yield f"left({{value}}, char_length({{value}}) - {width}) || {number}"
            return


def _all_match(connection: Connection, site: TextColumnSite, pattern: str) -> bool:
    """Whether every value that will be copied has the pattern, and there is one."""
    query = (
        f"SELECT coalesce(bool_and({quoted(site.column.name)}::text ~ {literal(pattern)}), false) FROM {site.staged}"
    )
    return connection.execute(query.encode()).fetchone() == (True,)


def _highest(connection: Connection, site: TextColumnSite, pattern: str, letters: str = "") -> int:
    """The largest number that stands in this place of a value of the whole table; -1: none."""
    found = f"(regexp_match({quoted(site.column.name)}::text, {literal(pattern)}))[1]"
    if letters:
        found = f"translate({found}, '{letters}', '0123456789')"
    table = f"{quoted(site.table.schema)}.{quoted(site.table.name)}"
    row = connection.execute(f"SELECT max({found}::bigint) FROM {table}".encode()).fetchone()
    return -1 if row is None or row[0] is None else int(row[0])


def _fits(connection: Connection, site: TextColumnSite, expression: str) -> bool:
    column = quoted(site.column.name)
    new = filled(expression, f"s.{column}::text", "n.number")
    others = [f"s.{quoted(name)}" for name in site.table.columns if name != site.column.name]
    checks = [one.expression for one in site.table.checks if site.column.name in one.columns]
    holds = " AND ".join(f"coalesce(({check}), true)" for check in ["rampart_fits", *checks])
    rows = ", ".join([f"({new})::{site.column.type} AS {column}", *others])
    length = f"coalesce(char_length({new}) <= {site.column.length or _UNLIMITED}, true) AS rampart_fits"
    query = f"""SELECT coalesce(bool_and({holds}), true) FROM
                (SELECT {length}, {rows} FROM {site.staged} s, (VALUES (0), ({site.count - 1})) n(number)) t"""
    try:
        with connection.transaction():
            return connection.execute(query.encode()).fetchone() == (True,)
    except (psycopg.DataError, psycopg.IntegrityError):  # a domain's check, or a value that its type cannot hold
        return False
