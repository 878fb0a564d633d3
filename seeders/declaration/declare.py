"""What a seeder declares: tables in the order of their foreign keys, rows per tenant, and columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rampart.errors import UsageError, nearest
from seeders.columns import Column, Ref
from seeders.declaration.sizes import B2B, Sizes


@dataclass(frozen=True, slots=True)
class PerTenant:
    """`mean` rows for a tenant of mean size, in proportion to size, with log-normal `spread` between tables."""

    mean: float
    least: int = 0
    spread: float = 0.25


@dataclass(frozen=True, slots=True)
class PerParent:
    """Rows that belong to a row of `parent`: so many for its first, second, … row of a tenant, and over again."""

    parent: str
    pattern: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table; its rows are spread in time from the tenant's birth, or the last `days`, to the reference instant."""

    name: str  # as in SQL, with or without a schema
    rows: PerTenant | PerParent | None  # None: the root table, one row per tenant
    columns: Mapping[str, Column]
    days: float | None = None


@dataclass(frozen=True, slots=True, eq=False)  # each its own, so that what follows from it can be kept
class Seeder:
    """A seeder: tables, parents before children, the root first."""

    name: str
    summary: str
    tables: tuple[Table, ...]
    sizes: Sizes = B2B
    first_key: int = 1  # of every table; keys from here on must be free
    locale: str = "en_US"
    marker: str = "SELECT coalesce(bool_or(may_be_load_tested), false) FROM rampart_marker"

    def __post_init__(self) -> None:
        roots = [table.name for table in self.tables if table.rows is None]
        if roots != [table.name for table in self.tables[:1]]:
            raise UsageError(
                f"seeder {self.name} is not well formed",
                f"one table must have no `rows`, and be the first; it is {', '.join(roots) or 'none'}",
                "Put the table of tenants first and give each other table PerTenant or PerParent.",
            )
        known: set[str] = set()
        for table in self.tables:
            self._check(table, known)
            known.add(table.name)

    def _check(self, table: Table, known: set[str]) -> None:
        parents = [column.table for column in table.columns.values() if isinstance(column, Ref)]
        if isinstance(table.rows, PerParent):
            parents.append(table.rows.parent)
        for name in parents:
            if name not in known:
                raise UsageError(
                    f"seeder {self.name}: {table.name} refers to {name}",
                    "no table of that name was declared before it",
                    f"Declare the parent first. {nearest(name, known)}" if known else "Declare the parent first.",
                )
