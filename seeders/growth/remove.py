"""Take every seeded row out, in one transaction that proves by counts that nothing else changed, or does nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from seeders.copy_binary.encode import HEADER, TRAILER, encode
from seeders.database import state
from seeders.database.catalog import check_marker, count
from seeders.database.connect import Connection, connect, scalar
from seeders.database.definitions import compared
from seeders.database.detach import detach, detached, reattach
from seeders.database.errors import explained
from seeders.database.removal import Removal, check_counts
from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.draw.rows import time_slice
from seeders.growth import journal
from seeders.growth.owned_rows import key_column, owned
from seeders.growth.target_tables import Found, look_up

_ALL_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND c.relname <> 'rampart_seed'
ORDER BY 1, 2"""


def remove(seeder: Seeder, conninfo: str) -> Removal:
    """Remove all tenants that this seeder made, with all their rows. Other sessions wait for the tables meanwhile.

    Raises NotReady where it cannot be done (a foreign key of a table that the seeder does not know, a lock), Incomplete
    where the counts do not agree afterwards; then nothing was removed.
    """
    started = time.monotonic()
    with explained("removing", begun=False), connect(conninfo) as control:
        check_marker(control, seeder.marker)
        found = look_up(control, seeder)
        state.lock(control)
        made = _made(control, seeder)
        if made is None:
            return Removal(0, {one.table.name: 0 for one in found}, {}, time.monotonic() - started)
        control.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # the counts are of one moment
        with control.transaction():
            rows, others = _remove(control, seeder, found, made)
        control.isolation_level = None
        for one in found:
            control.execute(sql.SQL("VACUUM (ANALYZE) {}").format(one.name))
    return Removal(made.to, rows, others, time.monotonic() - started)


def _made(control: Connection, seeder: Seeder) -> journal.GrowthStep | None:
    """The tenants that are there, in full or in part, as one growth from nothing."""
    if not state.exists(control):
        return None
    held, pending = journal.level(control, seeder), journal.step(control, seeder)
    if pending:
        return pending
    return journal.GrowthStep(0, held.tenants, held.seed, held.first_key, held.print, {}, "", "") if held else None


def _remove(
    control: Connection, seeder: Seeder, found: Sequence[Found], made: journal.GrowthStep
) -> tuple[dict[str, int], dict[str, int]]:
    names = [one.name for one in found]
    # Before the first look at any row, so that nobody can write between the counts and the deletions.
    control.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
    everything = {f"{schema}.{table}": sql.Identifier(schema, table) for schema, table in control.execute(_ALL_TABLES)}
    before = dict(zip(everything, count(control, list(everything.values())), strict=True))
    detach(control, [one.oid for one in found], indexes=False)
    _own(control, seeder, found[0], made)
    rows = {one.table.name: _delete(control, found, one) for one in reversed(found)}
    for one in detached(control):
        reattach(control, one)
    compared(control)
    after = dict(zip(everything, count(control, list(everything.values())), strict=True))
    _prove(control, found, before, after, rows)
    journal.forget(control, seeder)
    state.drop_if_empty(control)
    return rows, after


def _own(control: Connection, seeder: Seeder, root: Found, made: journal.GrowthStep) -> None:
    """The keys of the seeded tenants as a temporary table, of whatever type they are."""
    name = key_column(root.table)
    kind = dict(root.columns)[name]
    query = "CREATE TEMPORARY TABLE rampart_owned ON COMMIT DROP AS SELECT {key} AS key FROM {table} LIMIT 0"
    control.execute(sql.SQL(query).format(key=sql.Identifier(name), table=root.name))
    frame = frame_of(seeder, made.to, made.seed)
    rows = time_slice(frame, frame.tables[root.table.name], 0, 0, 1)
    with control.cursor().copy("COPY rampart_owned FROM STDIN (FORMAT binary)") as copy:
        for part in (HEADER, encode(rows, [(name, kind)]), TRAILER):
            copy.write(part)
    control.execute("ANALYZE rampart_owned")


def _delete(control: Connection, found: Sequence[Found], one: Found) -> int:
    query = sql.SQL("DELETE FROM {} WHERE {}").format(one.name, owned({two.table.name: two for two in found}, one))
    return control.execute(query).rowcount


def _prove(
    control: Connection, found: Sequence[Found], before: Mapping[str, int], after: Mapping[str, int],
    rows: Mapping[str, int],
) -> None:  # fmt: skip
    query = """SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
               WHERE c.oid = %s"""
    gone = {scalar(control, query, [one.oid]): rows[one.table.name] for one in found}
    remedy = "Declare that table in the seeder, or take the trigger off."
    check_counts("the seeded rows", before, after, gone, remedy)
