"""From a declaration to the frame: how many rows each tenant has in each table, and where its keys begin."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from seeders.declaration.declare import PerParent, PerTenant, Seeder, Table
from seeders.declaration.sizes import normal
from seeders.draw.random_stream import Floats, Words, mixed, salt, unit
from seeders.draw.rows import DAY, REFERENCE, Extent, Frame, Ints, Pattern

_YOUNGEST, _OLDEST = 30 * DAY, 3 * 365 * DAY


@lru_cache(maxsize=2)
def frame_of(seeder: Seeder, tenants: int, seed: int) -> Frame:
    """Tenants 1 … n of a seeder; the frame of fewer tenants is a prefix of that of more."""
    quantiles, sizes = seeder.sizes.of(tenants, seed)
    born = _born(quantiles, seed)
    tables: dict[str, Extent] = {}
    for table in seeder.tables:
        lots = _lots(tenants, seed, table.name)
        count, pattern = _count(table, sizes, lots, tables)
        earliest = 0 if table.days is None else REFERENCE - int(table.days * DAY)
        spread = table.rows is not None
        parent = table.rows.parent if isinstance(table.rows, PerParent) else None
        before = np.cumsum(count) - count
        tables[table.name] = Extent(
            table.name, table.columns, count, before, lots, born, earliest, spread, parent, pattern
        )
    return Frame(seed, seeder.first_key, seeder.locale, born, tables)


def _lots(tenants: int, seed: int, name: str) -> Words:
    return mixed(np.arange(1, tenants + 1, dtype=np.uint64) ^ salt("table", seed, name))


def _born(quantiles: Floats, seed: int) -> Ints:
    """The larger, the older, by and large."""
    age = 0.4 * quantiles + 0.6 * unit(_lots(len(quantiles), seed, "\x00born"))
    result: Ints = REFERENCE - _YOUNGEST - (age * (_OLDEST - _YOUNGEST)).astype(np.int64)
    return result


def _count(
    table: Table,
    sizes: Floats,
    lots: Words,
    tables: dict[str, Extent],
) -> tuple[Ints, Pattern | None]:
    if isinstance(table.rows, PerParent):
        pattern = Pattern(np.asarray(table.rows.pattern, np.int64))
        return pattern.children(tables[table.rows.parent].count), pattern
    if table.rows is None:
        return np.ones(len(sizes), np.int64), None
    return _per_tenant(table.rows, sizes, lots), None


def _per_tenant(rows: PerTenant, sizes: Floats, lots: Words) -> Ints:
    knots, values = _normal_knots()
    unequal = np.interp(unit(mixed(lots ^ salt("spread"))), knots, values)
    wanted = rows.mean * sizes * np.exp(rows.spread * unequal - rows.spread**2 / 2)
    # Rounding by lot keeps the mean of small numbers.
    count = np.floor(wanted + unit(mixed(lots ^ salt("round")))).astype(np.int64)
    result: Ints = np.maximum(count, rows.least)
    return result


@cache
def _normal_knots() -> tuple[Floats, Floats]:
    """Quantiles and normal values; a straight line between them is near enough for a spread, and much faster."""
    knots = (np.arange(4096) + 0.5) / 4096
    return knots, normal(knots)
