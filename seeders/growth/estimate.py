"""What a growth will do, worked out before the first row: rows, slices, bytes, and whether keys and disk are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from rampart.errors import NotReady, UsageError
from seeders.columns import Key, Number
from seeders.copy_binary.encode import encode
from seeders.database import bulk, disk
from seeders.database.connect import Connection
from seeders.declaration.declare import Seeder
from seeders.draw.rows import Frame, time_slice
from seeders.growth import journal
from seeders.growth.target_tables import Found

SLICE_ROWS = 65_536  # of one transaction: what a kill can cost at most on each connection

_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_HEAP_ROW = 28 + 8  # header, line pointer, and what alignment costs


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a growth costs."""

    rows: Mapping[str, int]  # that are added, by table
    bytes: int  # of tables and indexes
    needed_bytes: int  # with the write-ahead log and the sorting of indexes
    free_bytes: int | None  # where the data lie; None: the server is elsewhere, or does not say


def new_step(
    seeder: Seeder, control: Connection, found: Sequence[Found], frame: Frame, after: int
) -> journal.GrowthStep:
    """The growth from the first `after` tenants to all of the frame."""
    mode, reason = bulk.mode(control, [one.oid for one in found], frame.rows(after, frame.tenants))
    slices = {one.table.name: -(-_new(frame, after, one) // SLICE_ROWS) for one in found}
    return journal.GrowthStep(
        after, frame.tenants, frame.seed, seeder.first_key, journal.fingerprint(seeder), slices, mode, reason
    )


def _new(frame: Frame, after: int, found: Found) -> int:
    return int(frame.tables[found.table.name].count[after:].sum())


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


def estimate(control: Connection, found: Sequence[Found], frame: Frame, step: journal.GrowthStep) -> Estimate:
    """Rows exactly; bytes from the widths of some rows that would be written, and of the indexes that are there."""
    rows = {one.table.name: _new(frame, step.after, one) for one in found}
    tables = {one.table.name: rows[one.table.name] * _row_bytes(frame, step, one) for one in found}
    indexes = {one.table.name: rows[one.table.name] * disk.index_row_bytes(control, one.oid) for one in found}
    total = int(sum(tables.values()) + sum(indexes.values()))
    needed = total + disk.log_bytes(control, total) + int(max(indexes.values(), default=0))
    return Estimate(rows, total, needed, disk.free_bytes(control))


def _row_bytes(frame: Frame, step: journal.GrowthStep, found: Found) -> float:
    extent, slices = frame.tables[found.table.name], step.slices[found.table.name]
    if not slices:
        return 0.0
    rows = time_slice(frame, extent, step.after, 0, max(slices, _new(frame, step.after, found) // 2000))
    if not len(rows):
        return float(_HEAP_ROW)
    payload = len(encode(rows, found.columns)) / len(rows) - 2 - 4 * len(found.columns)
    return _HEAP_ROW + payload + len(found.columns) / 4
