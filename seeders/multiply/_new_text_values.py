"""New values for unique text: the first way that the column's own values, its length and its checks agree with.

Each way puts a number into the value, and no two copies have the same one, so that none can meet another; the numbers
begin above those that stand in the table already. A way is tried on all values that will be copied, for the first copy
and the last, against every check constraint that reads the column.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import renewing
from seeders.multiply._fits import ColumnSite, fits
from seeders.multiply._highest import highest
from seeders.multiply._tree import tree_ways

_HOST = r"^([a-z0-9][a-z0-9-]*\.)+[a-z]{2,}$"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_LETTERS = ("0123456789", "ABCDEFGHIJ", "abcdefghij")  # what a tail of the value may be written in


def text_renewal(connection: Connection, site: ColumnSite) -> str:
    """SQL for the new values; UsageError where no way fits."""
    for expression in _ways(connection, site):
        if fits(connection, site, expression):
            return expression
    name = f"{site.table.label}.{site.column.name}"
    raise UsageError(
        f"no new values for {name} were found",
        f"it must be unique, holds {site.column.length or 'any number of'} characters, and its checks refuse every way",
        f'Say how: --set "{name}=SQL" with {{value}} and {{number}} in it.',
    )


def _ways(connection: Connection, site: ColumnSite) -> Iterator[str]:
    yield from tree_ways(connection, site.table, site.column, site.staged, site.rounds)
    if _all_match(connection, site, "@"):
        yield from _mail(connection, site)
    if _all_match(connection, site, "^[0-9]{1,17}$"):
        first = highest(connection, site, "^([0-9]{1,17})$") + 1
        length = "greatest(char_length({value}), char_length(({first} + {number})::text))"
        yield renewing("lpad(({first} + {number})::text, " + length + ", '0')", first=first)
    if _all_match(connection, site, _UUID):
        yield renewing("md5({salt} || {number})::uuid::text", salt=site.salt)
    if _all_match(connection, site, "^[0-9a-f]{16,64}$"):
        digits = "md5({salt} || {number}) || md5({salt} || {number} || 'b')"
        yield renewing("left(" + digits + ", char_length({value}))", salt=site.salt)
    if _all_match(connection, site, _HOST):
        first = highest(connection, site, "^c([0-9]{1,17})-") + 1
        yield renewing("left('c' || ({first} + {number}) || '-' || {value}, {room})", first=first, room=site.room)
    for mark in ("-c", "_c", "c", "C"):
        yield from _marked(connection, site, mark)
    for letters in _LETTERS:
        yield from _tails(connection, site, letters)


def _mail(connection: Connection, site: ColumnSite) -> Iterator[str]:
    """To a domain that nobody can have (RFC 2606), so that no stranger gets mail; else in the domain that it has."""
    first = highest(connection, site, "-c([0-9]{1,17})@") + 1
    room, width = site.room, 2 + len(str(first + site.count))
    name, domain = (renewing("split_part({value}, '@', {place})", place=place) for place in (1, 2))
    if room > width + 12:
        yield renewing(
            "left({name}, {left}) || '-c' || ({first} + {number}) || '@example.com'",
            name=sql.SQL(name), left=min(64, room - 12) - width, first=first,
        )  # fmt: skip
    yield renewing(
        "left({name}, greatest(1, {left} - char_length({domain}))) || '-c' || ({first} + {number}) || '@' || {domain}",
        name=sql.SQL(name), domain=sql.SQL(domain), left=room - width - 1, first=first,
    )  # fmt: skip


def _marked(connection: Connection, site: ColumnSite, mark: str) -> Iterator[str]:
    """The number at the end, behind a mark."""
    first = highest(connection, site, f"{mark}([0-9]{{1,17}})$") + 1
    left = site.room - len(mark) - len(str(first + site.count))
    if left > 0:
        yield renewing("left({value}, {left}) || {mark} || ({first} + {number})", left=left, mark=mark, first=first)


def _tails(connection: Connection, site: ColumnSite, letters: str) -> Iterator[str]:
    """The last characters replaced by a number written in these letters; the length stays."""
    for width in range(len(str(site.count)), len(str(site.count)) + 2):
        first = highest(connection, site, f"([{letters}]{{{width}}})$", letters) + 1
        if first + site.count <= 10**width and _all_match(connection, site, f"^.{{{width},}}$"):
            number = "translate(lpad(({first} + {number})::text, {width}, '0'), '0123456789', {letters})"
            text = "left({value}, char_length({value}) - {width}) || " + number
            yield renewing(text, first=first, width=width, letters=letters)
            return


def _all_match(connection: Connection, site: ColumnSite, pattern: str) -> bool:
    """Whether every value that will be copied has the pattern, and there is one."""
    query = sql.SQL("SELECT coalesce(bool_and({}::text ~ {}), false) FROM {}")
    return bool(scalar(connection, query.format(sql.Identifier(site.column.name), pattern, site.staged)))
