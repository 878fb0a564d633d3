"""The load: slices of tables, each drawn, encoded and copied in a transaction of its own, on several connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from seeders.columns import Ref
from seeders.copy_binary.encode import HEADER, TRAILER, encode, in_stretches
from seeders.database.connect import Connection
from seeders.database.crew import Crew
from seeders.declaration.declare import PerParent, Seeder, Table
from seeders.draw.rows import Frame, time_slice
from seeders.growth import journal
from seeders.growth.target_tables import Found

# Rows of a slice that are drawn and encoded at once: more are quicker and take more memory. What is known of each
# tenant takes memory too, so that with many tenants there are fewer: half with so many. Below the fewest, what a part
# costs once weighs more than its rows.
_AT_ONCE, _HALVED_BY, _FEWEST = 52_000, 6_500, 6_000


@dataclass(frozen=True, slots=True)
class Slice:
    """One transaction's work."""

    found: Found
    index: int
    of: int

    @property
    def name(self) -> str:
        return f"{self.found.table.name}/{self.index}"


def load(
    hands: Crew, seeder: Seeder, frame: Frame, step: journal.GrowthStep, found: Sequence[Found], done: set[str],
    copied: Callable[[Slice, int], None], in_order: bool,
) -> None:  # fmt: skip
    """Write every slice that is not there yet; `copied` is told the rows of each.

    Tables that nobody refers to go side by side with others: two connections that extend the same table wait for each
    other. With `in_order`, as foreign keys need it, parents are all there before the first of their children begins.
    """

    def work(connection: Connection, one: Slice) -> None:
        copied(one, write(connection, seeder, frame, step.after, one))

    slices = {one.table.name: _slices(one, step.slices[one.table.name], done) for one in found}
    needed = {table.name: _needed(seeder, table) for table in seeder.tables}
    parents = set().union(*needed.values()) | {seeder.tables[0].name}
    if not in_order:
        hands.each(work, _spread(slices, needed, parents))
        return
    for name in slices:
        if name in parents:
            hands.each(work, slices[name])
    leaves = {name: some for name, some in slices.items() if name not in parents}
    hands.each(work, _spread(leaves, {name: set() for name in leaves}, set()))


def _needed(seeder: Seeder, table: Table) -> set[str]:
    """The tables that a table refers to, the root among them."""
    referred = {column.table for column in table.columns.values() if isinstance(column, Ref)}
    owner = {table.rows.parent} if isinstance(table.rows, PerParent) else set()
    root = seeder.tables[0].name
    return (referred | owner | {root}) - {table.name}


def _spread(slices: Mapping[str, Sequence[Slice]], needed: Mapping[str, set[str]], parents: set[str]) -> list[Slice]:
    """Parents one after the other, and between them the others, evenly from when theirs are there to the end.

    Parents come first all the same: where a load ends in the middle, foreign keys can be put back over what is there.
    """
    placed: list[tuple[float, Slice]] = []
    there = dict.fromkeys(slices, 0)
    for name in (name for name in slices if name in parents):
        placed += [(at + 0.5, one) for at, one in enumerate(slices[name], len(placed))]
        there[name] = len(placed)
    whole = sum(map(len, slices.values()))
    for name in (name for name in slices if name not in parents):
        first, count = max((there[parent] for parent in needed[name]), default=0), len(slices[name])
        placed += [(first + (at + 0.5) / count * (whole - first), one) for at, one in enumerate(slices[name])]
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]


def _slices(found: Found, count: int, done: set[str]) -> list[Slice]:
    return [one for one in (Slice(found, index, count) for index in range(count)) if one.name not in done]


def write(connection: Connection, seeder: Seeder, frame: Frame, after: int, one: Slice) -> int:
    """Copy one slice; 0 rows where a killed run's last transaction has just done so."""
    found, copied = one.found, 0
    columns = in_stretches(found.columns, found.table.columns)
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(found.name, names)
    with connection.transaction():
        if not journal.claim(connection, seeder, one.name):
            return 0
        with connection.cursor().copy(command) as copy:
            copy.write(HEADER)
            rows = time_slice(frame, frame.tables[found.table.name], after, one.index, one.of)
            for part in rows.parts(max(_FEWEST, int(_AT_ONCE / (1 + frame.tenants / _HALVED_BY)))):
                copy.write(encode(part, columns))
                copied += len(part)
            copy.write(TRAILER)
    return copied
