"""New numbers: the next above the largest and the sequence, or those that keep the step or the sign of the old ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import renewing
from seeders.multiply._fits import ColumnSite

_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_MARGIN = 1000  # keys left free for what the application inserts between our look at its sequence and its advance


@dataclass(slots=True)
class Given:
    """Numbers that are given away already: the next free one of each sequence, and of each family of tables' column."""

    sequences: dict[str, int] = field(default_factory=dict)
    families: dict[tuple[tuple[str, str], str], int] = field(default_factory=dict)


def numbers(connection: Connection, site: ColumnSite, given: Given) -> Iterator[tuple[str, int | None]]:
    """Ways to make them, each with the first number where they are consecutive. UsageError: the type has no room."""
    column, table = site.column, site.table
    low = _low(connection, site, given)
    step, least = _step(connection, site)
    if _holds(site, low + site.count - 1):
        _take(site, given, low + site.count)
        yield renewing("{low} + {number}", low=low), low
    if step > 1:
        first = low + (least - low) % step
        if _holds(site, first + step * site.count):
            _take(site, given, first + step * site.count)
            yield renewing("{first} + {number} * {step}", first=first, step=step), None
    lowest = scalar(connection, sql.SQL("SELECT floor(min({}))::numeric FROM {}").format(
        sql.Identifier(column.name), table.relatives))  # fmt: skip
    if lowest is not None and lowest < 0 and _holds(site, int(-lowest) + site.count):
        yield renewing("{lowest} - {number}", lowest=int(lowest) - 1), None
    check_room(site, low + site.count - 1)


def _holds(site: ColumnSite, number: int) -> bool:
    return number <= _LARGEST.get(site.column.base, number)


def _low(connection: Connection, site: ColumnSite, given: Given) -> int:
    """The first number above all that the table and its relatives hold, or the sequence has given away."""
    table, column = site.table, site.column
    query = sql.SQL("SELECT floor(max({}))::numeric FROM {}").format(sql.Identifier(column.name), table.relatives)
    low = max(int(scalar(connection, query) or 0) + 1, given.families.get(_family(site), 0))
    if column.sequence is None:
        return low
    if column.sequence not in given.sequences:
        drawn = int(scalar(connection, sql.SQL("SELECT last_value FROM {}").format(sql.SQL(column.sequence))))
        given.sequences[column.sequence] = drawn + (1 if column.base == "int2" else _MARGIN)
    return max(low, given.sequences[column.sequence])


def _family(site: ColumnSite) -> tuple[tuple[str, str], str]:
    table = site.table
    return table.family or (table.schema, table.name), site.column.name


def _take(site: ColumnSite, given: Given, after: int) -> None:
    given.families[_family(site)] = after
    if site.column.sequence:
        given.sequences[site.column.sequence] = after


def _step(connection: Connection, site: ColumnSite) -> tuple[int, int]:
    """What all differences between the old numbers are multiples of, and one of these; 0: there are no differences."""
    column = sql.Identifier(site.column.name)
    whole = sql.SQL("SELECT DISTINCT {column}::numeric FROM {rows} WHERE {column} = floor({column}) LIMIT 1000")
    found = [int(value) for (value,) in connection.execute(whole.format(column=column, rows=site.staged))]
    least = min(found, default=0)
    return gcd(*(value - least for value in found)) if found else 0, least


def check_room(site: ColumnSite, last: int) -> None:
    """Refuse numbers that the type cannot hold."""
    column = site.column
    if not _holds(site, last):
        raise UsageError(
            f"{site.table.label}.{column.name} cannot hold {last:,}",
            f"it is of type {column.base}, and new values for {site.count:,} rows end there",
            "Grow to fewer tenants, or give the column a larger type.",
        )
