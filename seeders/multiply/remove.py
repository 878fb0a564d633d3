"""Take every copy out again, in one transaction that proves by counts that nothing else changed, or does nothing.

Copies are found by the keys that were given to them, and along the foreign keys that there are now: so what the
application wrote for a copied tenant goes with it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import psycopg
from psycopg import errors, sql

from rampart.errors import Incomplete, NotReady
from seeders.database import state
from seeders.database.catalog import check_marker
from seeders.database.connect import Connection, connect, scalars
from seeders.database.crew import crew
from seeders.database.definitions import compared
from seeders.database.detach import detach, detached, reattach
from seeders.database.errors import explained
from seeders.database.removal import Removal, check_counts
from seeders.multiply import _journal, _triggers
from seeders.multiply._execute import CopySite, put_back
from seeders.multiply._journal import CopyStep, Owned
from seeders.multiply._match import dangling, matches
from seeders.multiply._owned import condition
from seeders.multiply._read_schema import STAGING, read_schema
from seeders.multiply._row_security import check_row_security, seen_in_full
from seeders.multiply._schema import Reference, Schema, SchemaTable
from seeders.multiply._table_order import parents_first, reached
from seeders.multiply._verify import touching


def remove(conninfo: str, marker: str) -> Removal:
    """Remove all copies. Other sessions cannot write to their tables meanwhile.

    Raises NotReady where it cannot be done (a lock, a table that is gone), Incomplete where the counts or the foreign
    keys do not agree afterwards; then nothing was removed.
    """
    started = time.monotonic()
    with explained("removing", begun=False), connect(conninfo) as control:
        check_marker(control, marker)
        state.lock(control)
        steps = _journal.steps(control)
        if not steps:
            return Removal(0, {}, {}, time.monotonic() - started)
        replica = _triggers.may_replicate(control)
        # A growth may have been interrupted. What its rows refuse is put back when they are gone.
        with crew(conninfo) as hands, suppress(errors.IntegrityError):
            put_back(CopySite(conninfo, control, replica, lambda _share, _text: None), hands)
        schema = _whole(read_schema(control, tuple(steps[-1].references)), steps[-1])
        control.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # the counts are of one moment
        with control.transaction():
            rows, others = take_out(control, schema, steps, replica=replica)
        control.isolation_level = None
        for table in schema.tables.values():
            if table.label in rows:
                control.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table.identifier))
    return Removal(rows.get(steps[0].root, 0), rows, others, time.monotonic() - started)


def _whole(schema: Schema, step: CopyStep) -> Schema:
    """With the foreign keys that wait to be put back."""
    there = {(one.child, one.name) for one in schema.references}
    off = [
        Reference(name, child, tuple(columns), parent, tuple(targets), *rest)
        for name, child, columns, parent, targets, *rest in step.keys
        if (child, name) not in there and child in schema.tables and parent in schema.tables
    ]
    return Schema(schema.tables, (*schema.references, *off))


def take_out(
    control: Connection,
    schema: Schema,
    steps: Sequence[CopyStep],
    *,
    replica: bool,
    counted: Collection[int] = (),
    sound: Collection[int] = (),
) -> tuple[dict[str, int], dict[str, int]]:
    """Delete the copies of these growths in the transaction under way, and prove that nothing else went.

    Rows that were deleted, by table, and rows that are left in each of the `counted` tables: all, if none are named.
    No reference that starts or ends at a `sound` table leads nowhere, as the caller has just seen.
    """
    marks = [one for step in steps for one in step.owned]
    starts = {_table(schema, one).oid for one in marks}
    tables = parents_first(schema, {oid for start in starts for oid in reached(schema, start)}, min(starts))
    check_row_security(control, schema, tables)
    # Before the first look at any row, so that nobody can write between the counts and the deletions.
    locked = sql.SQL(", ").join(schema.tables[oid].identifier for oid in tables)
    kind = sql.SQL("SHARE ROW EXCLUSIVE" if replica else "ACCESS EXCLUSIVE")
    control.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(locked, kind))
    counted = seen_in_full(control, counted or schema.tables)
    before = _counts(control, schema, counted)
    _triggers.hush(control, tables, replica=replica)
    if not replica:
        detach(control, tables, indexes=False)
    _triggers.settle_session(control, replica=replica)
    loose = _loose(control, schema, tables, touching(schema, sound))
    _find(control, schema, tables, marks)
    rows = {schema.tables[oid].label: _delete(control, schema.tables[oid]) for oid in reversed(tables)}
    control.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a deferred check has still to look at cannot be altered
    for one in detached(control):
        reattach(control, one)
    compared(control)
    _triggers.wake(control)
    after = _counts(control, schema, counted)
    check_counts("the copies", before, after, rows, "Take that off.")
    _prove(control, schema, tables, loose)
    control.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(STAGING)))
    _journal.forget(control)
    return {label: count for label, count in rows.items() if count}, after


def _table(schema: Schema, one: Owned) -> SchemaTable:
    for table in schema.tables.values():
        if (table.schema, table.name) == (one.schema, one.table) and one.column in table.columns:
            return table
    raise NotReady(
        f"the copies in {one.schema}.{one.table} cannot be found",
        f"the table or its column {one.column} is gone",
        "Restore it, or drop what is left by hand.",
    )


def _counts(control: Connection, schema: Schema, tables: Collection[int]) -> dict[str, int]:
    query, wanted = sql.SQL("SELECT count(*) FROM {}"), [schema.tables[oid] for oid in tables]
    counts = scalars(control, [query.format(one.rows) for one in wanted])
    return {one.label: count for one, count in zip(wanted, counts, strict=True)}


def _gone(oid: int) -> sql.Identifier:
    """The temporary table that holds the places of a table's rows that will go."""
    return sql.Identifier(f"rampart_g_{oid}")


def _find(control: Connection, schema: Schema, tables: Sequence[int], marks: Sequence[Owned]) -> None:
    """The places of all rows that are copies or hang on one, in a temporary table for each table."""
    make = sql.SQL("""CREATE TEMPORARY TABLE {} (part oid, place tid, pass int NOT NULL,
                      PRIMARY KEY (place, part)) ON COMMIT DROP""")
    control.execute(sql.SQL("; ").join(make.format(_gone(oid)) for oid in tables))
    put = sql.SQL("INSERT INTO {} SELECT tableoid, ctid, 0 FROM {} WHERE {} ON CONFLICT DO NOTHING")
    changed = set()
    for one in marks:
        table = _table(schema, one)
        control.execute(put.format(_gone(table.oid), table.rows, condition(one, table.columns[one.column])))
        changed.add(table.oid)
    number = 0
    while changed:
        number += 1
        for oid in changed:
            control.execute(sql.SQL("ANALYZE {}").format(_gone(oid)))
        changed = {oid for oid in tables if _hang_on(control, schema, oid, changed, number)}


_HANG_ON = sql.SQL("""
INSERT INTO {found} SELECT DISTINCT c.tableoid, c.ctid, {number}
FROM {before} f
JOIN {parent} p ON p.ctid = f.place AND p.tableoid = f.part
JOIN {child} c ON {matches}
WHERE f.pass = {number} - 1 ON CONFLICT DO NOTHING""")


def _hang_on(control: Connection, schema: Schema, child: int, changed: set[int], number: int) -> bool:
    """Find the rows of a table that refer to what the pass before has found; whether there are new ones."""
    found = 0
    for one in schema.above(child):
        if one.parent in changed:
            query = _HANG_ON.format(
                found=_gone(child), before=_gone(one.parent), parent=schema.tables[one.parent].rows,
                child=schema.tables[child].rows, matches=matches(schema, one, "c", "p"), number=number,
            )  # fmt: skip
            found += control.execute(query).rowcount
    return found > 0


def _delete(control: Connection, table: SchemaTable) -> int:
    query = sql.SQL("DELETE FROM {} t USING {} g WHERE g.place = t.ctid AND g.part = t.tableoid")
    return control.execute(query.format(table.rows, _gone(table.oid))).rowcount


def _loose(
    control: Connection, schema: Schema, tables: Sequence[int], but: Collection[Reference] = ()
) -> dict[Reference, int]:
    """Rows that refer to nothing, of each reference that starts or ends at these tables."""
    looked = [one for one in touching(schema, tables) if one not in but]
    counts = scalars(control, [dangling(schema, one) for one in looked])
    return dict(zip(looked, counts, strict=True))


def _prove(control: Connection, schema: Schema, tables: Sequence[int], before: Mapping[Reference, int]) -> None:
    for one, count in _loose(control, schema, tables).items():
        stray = count - before.get(one, 0)
        if stray > 0:
            raise Incomplete(
                "the copies were not removed",
                f"{stray:,} rows of {schema.named(one)} would refer to nothing",
                "Run it again; nothing was changed.",
            )
