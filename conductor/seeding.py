"""A run's data: grown to a level, and the list of its tenants for the scenario."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from conductor.console import Console, Progress
from lab.after_seeding import grown
from rampart.config import Target
from rampart.errors import NotReady
from rampart.model import Tenant
from rampart.runs import Clock, Run
from seeders.growth import grow


def seed_level(run: Run, clock: Clock, target: Target, tenants: int, console: Console) -> Path | None:
    """Grow the data to this level; the list of tenants for the scenario, where we know it."""
    if target.seed.seeder is None:
        return None
    if target.postgres is None:
        raise NotReady("no data can be seeded", "the target names no postgres", "Add `postgres` to the target file.")
    seeder = grow.find(target.seed.seeder)
    if target.marker.sql:
        seeder = replace(seeder, marker=target.marker.sql)
    began = clock.now()
    growth = grow.grow(seeder, target.postgres, tenants, target.seed.seed, _progress(console, tenants))
    grown(target)
    fields = {**asdict(growth), "took_s": round(clock.now() - began, 1)}
    run.log(clock.now(), "seeder", f"grown to {tenants} tenants", **fields)
    console.say(f"seeded {tenants} tenants, {growth.rows_total:,} rows in {growth.seconds:.1f} s")
    return _write_tenants(run, tenants, grow.tenants_of(seeder, tenants, target.seed.seed))


def _progress(console: Console, tenants: int) -> Callable[[float, str], None]:
    return lambda share, text: console.progress(Progress("seed", tenants, note=f"{share:.0%} {text}"))


def _write_tenants(run: Run, level: int, tenants: Sequence[Tenant]) -> Path:
    path = run.folder / f"tenants-{level}.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "rows"])
        rows.writerows([tenant.id, tenant.rows] for tenant in tenants)
    return path
