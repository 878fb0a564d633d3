"""The distribution of tenant sizes that a seeder gives at each level: as a table, and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.draw.rows import Ints


@dataclass(frozen=True, slots=True)
class Shape:
    """Tenant sizes at one level; sizes are rows over all tables, shares are of all rows (0 to 1)."""

    tenants: int
    rows: int
    mean: float
    median: float
    largest: int
    top: float  # share of the largest tenant
    top_percent: float  # share of the largest 1 % (at least one tenant)
    top_tenth: float


@dataclass(frozen=True, slots=True)
class Description:
    """Shapes by rising level, and a matplotlib `Figure` of them."""

    seeder: str
    sizes: str
    shapes: tuple[Shape, ...]
    figure: Any

    def text(self) -> str:
        """The shapes as a table of fixed width."""
        columns = ("tenants", 9), ("rows", 13), ("mean", 9), ("median", 9), ("largest", 10)
        shares = ("top 1", 8), ("top 1 %", 9), ("top 10 %", 10)
        head = "".join(f"{name:>{width}}" for name, width in columns + shares)
        lines = [
            f"{s.tenants:>9,} {s.rows:>12,} {s.mean:>8,.0f} {s.median:>8,.0f} {s.largest:>9,} {s.top:>7.1%} "
            f"{s.top_percent:>8.1%} {s.top_tenth:>9.1%}"
            for s in self.shapes
        ]
        return "\n".join([f"seeder {self.seeder}: {self.sizes}", head, *lines])


def describe(seeder: Seeder, levels: Sequence[int], seed: int) -> Description:
    """What `seeder` gives at each of the rising `levels`, without a database."""
    rows = frame_of(seeder, levels[-1], seed).rows_by_tenant()
    shapes = tuple(_shape(rows[:tenants]) for tenants in levels)
    sizes = f"{seeder.sizes.name}, {seeder.sizes.summary}"
    return Description(seeder.name, sizes, shapes, _figure(seeder, [rows[:tenants] for tenants in levels]))


def _shape(rows: Ints) -> Shape:
    ranked, tenants = np.sort(rows)[::-1], len(rows)
    total = int(ranked.sum())
    top, percent, tenth = (int(ranked[: max(1, tenants // part)].sum()) / total for part in (tenants, 100, 10))
    return Shape(tenants, total, total / tenants, float(np.median(rows)), int(ranked[0]), top, percent, tenth)


def _figure(seeder: Seeder, levels: Sequence[Ints]) -> Any:
    from matplotlib.figure import Figure  # half a second that a growth need not pay

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    by_rank, by_share = figure.subplots(1, 2)
    for rows in levels:
        ranked = np.sort(rows)[::-1]
        rank = np.arange(1, len(rows) + 1)
        by_rank.loglog(rank, ranked, label=f"{len(rows):,} tenants")
        by_share.plot(rank / len(rows), np.cumsum(ranked) / ranked.sum())
    by_rank.set(xlabel="rank of the tenant, largest first", ylabel="rows", title=f"{seeder.sizes.name}: sizes")
    by_share.set(xlabel="share of tenants, largest first", ylabel="share of rows", title="what the largest hold")
    by_share.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    by_rank.legend(frameon=False)
    return figure
