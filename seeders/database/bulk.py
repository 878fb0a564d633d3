"""A bulk load: when indexes come off for it, how they are put back, and what is done before anybody measures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial

from psycopg import errors, sql

from seeders.database import state
from seeders.database.connect import Connection, scalar
from seeders.database.crew import Crew, loaders
from seeders.database.definitions import compared
from seeders.database.detach import Detached, detached, reattach
from seeders.database.jobs import Job, work_off
from seeders.database.phases import Phases

BULK_ROWS = 100_000  # fewer are in place before the first index is dropped
_BULK_RATIO = 0.2  # of new rows to old: above it bulk was the quicker way in every trial, docs/seeding.md
# Vacuum marks no page as visible to all while a commit near those of its rows may not be on disk yet: one that is takes
# all before it there.
_ON_DISK = "SET synchronous_commit = on"
# Unique keys and other indexes are built in one go, and so are all foreign keys checked.
_STAGES = {("primary", "index"): "indexes", ("key", "valid"): "foreign keys"}
_STAGE_TEXT = {"indexes": "building indexes", "foreign keys": "checking foreign keys"}


def mode(connection: Connection, tables: Collection[int], new: int) -> tuple[str, str]:
    """How `new` rows are best written into the tables with these oids ("bulk", "in place"), and why."""
    query = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid = ANY(%s)"
    old = int(scalar(connection, query, [list(tables)]))  # the planner's estimate
    beside = f"{new:,} new rows beside {old:,}"
    if new >= BULK_ROWS and new >= _BULK_RATIO * old:
        return "bulk", f"{beside}, so indexes and constraints come after"
    return "in place", f"{beside} are few"


def put_back(
    control: Connection, hands: Crew, progress: Callable[[float, str], None], phases: Phases | None = None,
    vacuum: Collection[int] = (),
) -> int:  # fmt: skip
    """Make again what was taken off, several at a time; `progress` gets the share that is done.

    The tables to `vacuum` are so, and analysed, beside the checks of foreign keys, as connections get free. How many
    indexes and constraints were compared with those before; Incomplete where some are not the same.
    """
    phases = phases or Phases()
    waiting = detached(control)
    for number, (kinds, name) in enumerate(_STAGES.items()):
        ones = [one for one in waiting if one.phase in kinds]
        more = _vacuums(control, vacuum) if name == "foreign keys" else []
        text = _STAGE_TEXT[name] if ones else "VACUUM ANALYZE"

        def note(done: int, of: int, number: int = number, text: str = text) -> None:
            share = (number + done / max(1, of)) / len(_STAGES)
            progress(share, f"{text}: {done} of {of}" if done else text)

        if ones or more:
            with phases.timed(f"{name} and VACUUM ANALYZE" if more else name):
                _put_some_back(control, hands, ones, note, more)
    return compared(control)


def _put_some_back(
    control: Connection, hands: Crew, ones: Sequence[Detached], note: Callable[[int, int], None], more: Sequence[Job]
) -> None:
    slow = [one for one in ones if one.phase != "key"]
    note(0, len(slow))
    for one in ones:
        if one.phase == "key":  # quick, and each locks two tables
            reattach(control, one)
    unaided, lock, done = len(slow) >= 2 * loaders(), threading.Lock(), 0

    def work(one: Detached, connection: Connection) -> None:
        nonlocal done
        _put_one_back(one, unaided, connection)
        with lock:
            done += 1
            note(done, len(slow))

    _largest_first(control, hands, [*(Job(one.table, partial(work, one), _alone(one)) for one in slow), *more])


_SIZES = "SELECT oid::bigint, pg_table_size(oid) FROM pg_class WHERE oid = ANY(%s)"


def _largest_first(control: Connection, hands: Crew, jobs: Sequence[Job]) -> None:
    """So the connections end together; those of one table in the given order."""
    sizes: dict[int, int] = dict(control.execute(_SIZES, [[one.table for one in jobs]]).fetchall())
    work_off(hands, sorted(jobs, key=lambda one: (-sizes.get(one.table, 0), one.table)))


def _alone(one: Detached) -> bool:
    """CREATE INDEX lets another index of the table be built beside it; a constraint, and a check of one, do not."""
    return not one.statement.startswith("CREATE")


def _put_one_back(one: Detached, unaided: bool, connection: Connection) -> None:
    """`unaided`: with no helpers of the server, who would only share the same processors with the rest of the crew."""
    connection.execute(_ON_DISK)
    with connection.transaction():
        if unaided:
            connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        reattach(connection, one)


def settle(control: Connection, hands: Crew, tables: Collection[int], phases: Phases | None = None) -> None:
    """Statistics, visibility maps and dirty pages now, and not in the middle of a measurement."""
    phases = phases or Phases()
    with phases.timed("VACUUM ANALYZE"):
        _largest_first(control, hands, _vacuums(control, tables))
    checkpoint(control, phases)


def checkpoint(control: Connection, phases: Phases) -> None:
    """No dirty pages are left, where the role may do that."""
    with phases.timed("CHECKPOINT"), suppress(errors.InsufficientPrivilege):
        control.execute("CHECKPOINT")


_NAMES = """
SELECT c.oid::bigint, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.oid = ANY(%s)"""


def _vacuums(control: Connection, tables: Collection[int]) -> list[Job]:
    if not tables:
        return []
    control.execute(_ON_DISK)
    state.touch(control)

    def vacuum(name: sql.Identifier, connection: Connection) -> None:
        connection.execute(_ON_DISK)
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(name))

    names = control.execute(_NAMES, [list(tables)]).fetchall()
    return [Job(oid, partial(vacuum, sql.Identifier(schema, table)), alone=True) for oid, schema, table in names]
