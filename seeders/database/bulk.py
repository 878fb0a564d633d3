"""A bulk load: when indexes come off for it, how they are put back, and what is done before anybody measures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial

from psycopg import errors, sql

from seeders.database import state
from seeders.database.connect import Connection, scalar
from seeders.database.crew import Crew, loaders
from seeders.database.definitions import compared
from seeders.database.detach import PHASES, Detached, detached, reattach

BULK_ROWS = 100_000  # fewer are in place before the first index is dropped
_BULK_RATIO = 0.2  # of new rows to old: above it bulk was the quicker way in every trial, docs/seeding.md
_PHASE_TEXT = {
    "primary": "building unique keys",
    "index": "building indexes",
    "key": "adding foreign keys",
    "valid": "checking foreign keys",
}


def mode(connection: Connection, tables: Collection[int], new: int) -> tuple[str, str]:
    """How `new` rows are best written into the tables with these oids ("bulk", "in place"), and why."""
    query = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid = ANY(%s)"
    old = int(scalar(connection, query, [list(tables)]))  # the planner's estimate
    beside = f"{new:,} new rows beside {old:,}"
    if new >= BULK_ROWS and new >= _BULK_RATIO * old:
        return "bulk", f"{beside}, so indexes and constraints come after"
    return "in place", f"{beside} are few"


def put_back(control: Connection, hands: Crew, progress: Callable[[float, str], None]) -> int:
    """Make again what was taken off, several at a time; `progress` gets the share that is done.

    How many indexes and constraints were compared with those before; Incomplete where some are not the same.
    """
    waiting, sizes = detached(control), _sizes(control)
    for number, phase in enumerate(PHASES):
        ones = [one for one in waiting if one.phase == phase]
        if ones:
            progress(number / len(PHASES), _PHASE_TEXT[phase])
            groups = sorted(_groups(ones, phase), key=lambda group: -_work(group, sizes))
            hands.each(partial(_put_group_back, len(groups) >= 2 * loaders()), groups)
    return compared(control)


_SIZES = "SELECT oid::bigint, pg_table_size(oid) FROM pg_class WHERE relkind IN ('r', 'p', 'm')"


def _sizes(control: Connection) -> dict[int, int]:
    """Bytes of every table: the longest work begins first, so that the crew ends together."""
    return dict(control.execute(_SIZES).fetchall())


def _work(group: Sequence[Detached], sizes: Mapping[int, int]) -> int:
    return sum(sizes.get(one.table, 0) for one in group)


def _groups(ones: Sequence[Detached], phase: str) -> list[list[Detached]]:
    """Those of a group lock the same tables, so they come one after the other."""
    if phase == "index":
        return [[one] for one in ones]
    if phase == "key":
        return [list(ones)]
    return [[one for one in ones if one.table == table] for table in sorted({one.table for one in ones})]


def _put_group_back(alone: bool, connection: Connection, group: Sequence[Detached]) -> None:
    """`alone`: with no helpers of the server, who would only share the same processors with the rest of the crew."""
    for one in group:
        with connection.transaction():
            if alone:
                connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
            reattach(connection, one)


def settle(control: Connection, hands: Crew, tables: Sequence[sql.Identifier]) -> None:
    """Statistics, visibility maps and dirty pages now, and not in the middle of a measurement."""
    # Vacuum marks no page as visible to all while a commit near it may not be on disk yet; this commit takes all there.
    control.execute("SET synchronous_commit = on")
    state.touch(control)

    def vacuum(connection: Connection, table: sql.Identifier) -> None:
        connection.execute("SET synchronous_commit = on")
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table))

    size = sql.SQL("SELECT pg_table_size({}::regclass)")
    sizes = [int(scalar(control, size.format(one.as_string(control)))) for one in tables]
    pairs = sorted(zip(sizes, tables, strict=True), key=lambda pair: -pair[0])
    hands.each(vacuum, [one for _, one in pairs])
    with suppress(errors.InsufficientPrivilege):
        control.execute("CHECKPOINT")
