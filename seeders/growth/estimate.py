"""What a growth will do, worked out before the first row: rows, slices, bytes, and whether keys and disk are free."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from rampart.errors import NotReady, UsageError
from seeders.columns import Key, Number
from seeders.copy_binary.encode import encode
from seeders.database import state
from seeders.database.catalog import Found
from seeders.database.connect import Connection
from seeders.declaration.declare import Seeder
from seeders.draw.rows import Frame, time_slice

SLICE_ROWS = 65_536  # of one transaction: what a kill can cost at most on each connection

_BULK_ROWS = 100_000  # fewer are in place before the first index is dropped
_BULK_RATIO = 0.2  # of new rows to old: above it bulk was the quicker way in every trial, docs/seeding.md
_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_HEAP_ROW = 28 + 8  # header, line pointer, and what alignment costs
_PAGE_FILL = 0.9  # of an index page


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a growth costs."""

    rows: Mapping[str, int]  # that are added, by table
    bytes: int  # of tables and indexes
    needed_bytes: int  # with the write-ahead log and the sorting of indexes
    free_bytes: int | None  # where the data lie; None: the server is elsewhere, or does not say


def new_step(seeder: Seeder, control: Connection, found: Sequence[Found], frame: Frame, after: int) -> state.GrowthStep:
    """The growth from the first `after` tenants to all of the frame."""
    new, old = frame.rows(after, frame.tenants), _rows_there(control, found)
    mode = "bulk" if new >= _BULK_ROWS and new >= _BULK_RATIO * old else "in place"
    beside = f"{new:,} new rows beside {old:,}"
    reason = f"{beside}, so indexes and constraints come after" if mode == "bulk" else f"{beside} are few"
    slices = {one.table.name: -(-_new(frame, after, one) // SLICE_ROWS) for one in found}
    return state.GrowthStep(
        after, frame.tenants, frame.seed, seeder.first_key, state.fingerprint(seeder), slices, mode, reason
    )


def _new(frame: Frame, after: int, found: Found) -> int:
    return int(frame.tables[found.table.name].count[after:].sum())


def _rows_there(control: Connection, found: Sequence[Found]) -> int:
    """The planner's estimate, over all tables."""
    query = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid = ANY(%s)"
    row = control.execute(query, [[one.oid for one in found]]).fetchone()
    return int(row[0]) if row else 0


def check_keys(seeder: Seeder, control: Connection, found: Sequence[Found], frame: Frame, after: int) -> None:
    """Refuse keys that are taken or that the column cannot hold."""
    for one in found:
        extent = frame.tables[one.table.name]
        low, high = (seeder.first_key + int(extent.count[:tenants].sum()) for tenants in (after, frame.tenants))
        for (name, kind), column in zip(one.columns, one.table.columns.values(), strict=True):
            largest = high - 1 if isinstance(column, Key) else column.high if isinstance(column, Number) else 0
            if largest > _LARGEST.get(kind, largest):
                raise UsageError(
                    f"{one.table.name}.{name} cannot hold {largest:,}",
                    f"it is of type {kind}",
                    "Lower the seeder's keys.",
                )
            if isinstance(column, Key) and kind in _LARGEST and low < high:
                _check_free(control, one, name, low, high)


def _check_free(control: Connection, found: Found, key: str, low: int, high: int) -> None:
    query = sql.SQL("SELECT {key} FROM {table} WHERE {key} >= {low} AND {key} < {high} LIMIT 1")
    taken = control.execute(
        query.format(key=sql.Identifier(key), table=found.name, low=sql.Literal(low), high=sql.Literal(high))
    ).fetchone()
    if taken:
        raise NotReady(
            f"keys {low:,} to {high - 1:,} of {found.table.name} are not free",
            f"there is a row with {key} = {taken[0]:,}, which was not seeded",
            "Set the seeder's first_key well above every key that the application uses.",
        )


def estimate(control: Connection, found: Sequence[Found], frame: Frame, step: state.GrowthStep) -> Estimate:
    """Rows exactly; bytes from the widths of some rows that would be written, and of the indexes that are there."""
    rows = {one.table.name: _new(frame, step.after, one) for one in found}
    tables = {one.table.name: rows[one.table.name] * _row_bytes(frame, step, one) for one in found}
    indexes = {one.table.name: rows[one.table.name] * _index_bytes(control, one) for one in found}
    total = int(sum(tables.values()) + sum(indexes.values()))
    log = control.execute("SELECT pg_size_bytes(current_setting('max_wal_size'))").fetchone()
    needed = total + min(total, int(log[0]) if log else total) + int(max(indexes.values(), default=0))
    return Estimate(rows, total, needed, _free_bytes(control))


def _row_bytes(frame: Frame, step: state.GrowthStep, found: Found) -> float:
    extent, slices = frame.tables[found.table.name], step.slices[found.table.name]
    if not slices:
        return 0.0
    rows = time_slice(frame, extent, step.after, 0, max(slices, _new(frame, step.after, found) // 2000))
    if not len(rows):
        return float(_HEAP_ROW)
    payload = len(encode(rows, found.columns)) / len(rows) - 2 - 4 * len(found.columns)
    return _HEAP_ROW + payload + len(found.columns) / 4


def _index_bytes(control: Connection, found: Found) -> float:
    query = """
    SELECT coalesce(sum(12 + 8 * ceil((SELECT sum(CASE WHEN a.attlen > 0 THEN a.attlen ELSE 28 END)
                                       FROM pg_attribute a WHERE a.attrelid = i.indexrelid) / 8.0)), 0)::float8
    FROM pg_index i WHERE i.indrelid = %s"""
    row = control.execute(query, [found.oid]).fetchone()
    return float(row[0]) / _PAGE_FILL if row else 0.0


def _free_bytes(control: Connection) -> int | None:
    if control.info.hostaddr not in ("127.0.0.1", "::1", ""):
        return None
    try:
        row = control.execute("SELECT current_setting('data_directory')").fetchone()
        return shutil.disk_usage(Path(row[0])).free if row else None
    except (psycopg.Error, OSError):
        return None


def check_disk(cost: Estimate) -> None:
    """Refuse a growth that would fill the disk."""
    if cost.free_bytes is not None and cost.needed_bytes > cost.free_bytes:
        raise NotReady(
            "the data would not fit on the database's disk",
            f"about {cost.needed_bytes / 1e9:,.1f} GB are needed and {cost.free_bytes / 1e9:,.1f} GB are free",
            "Make room, or grow to fewer tenants.",
        )
