"""A run's data: grown to a level, and the list of its tenants for the scenario."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from conductor.console import Console, Progress
from conductor.interruption import left_behind
from conductor.next_command import next_command
from conductor.same_database import require_same_database
from lab.after_seeding import grown
from rampart.config import Target
from rampart.errors import NotReady, RampartError
from rampart.masking import masked
from rampart.model import Tenant
from rampart.runs import Clock, Run
from rampart.unrecorded import recording
from seeders.database.coming import amount
from seeders.database.disk import check_room
from seeders.database.interrupted import left_off
from seeders.database.which import named
from seeders.declaration.declare import Seeder
from seeders.growth import grow
from seeders.growth.plan import plan
from seeders.multiply.copied import copied_tenants


@contextmanager
def told_if_left_off(conninfo: str, console: Console) -> Iterator[None]:
    """However a seeding inside ends early, say what it leaves off in the database, and how that is put back."""
    resume = next_command("seed", "--resume")
    try:
        with left_behind("Indexes and keys may be off in the database that was being seeded.", resume):
            yield
    except (KeyboardInterrupt, RampartError):
        try:
            off = left_off(conninfo)
        except ConnectionError:
            console.warn(f"indexes and keys may be off in the database, which does not answer. Resume: {resume}")
        else:
            if off is not None:
                console.warn(f"{off.words} are off in the database until the seeding is resumed: {resume}")
        raise


def require_whole(target: Target) -> None:
    """NotReady while a seeding of the target's database is interrupted, or goes on: it lacks indexes and keys."""
    off = None
    with suppress(ConnectionError):  # what that costs is said by the probes
        off = None if target.postgres is None or target.lab else left_off(target.postgres)
    if off is None:
        return
    if off.seeding is not None:
        raise NotReady(
            "the database is being seeded", f"{off.words} are off meanwhile; {off.seeding} has its lock",
            "Wait until that has ended. If it was killed, its last statement ends soon: ask again.",
        )  # fmt: skip
    raise NotReady(
        "a seeding of the database was interrupted", f"{off.words} are off in it until that is resumed",
        f"Resume it, and all is put back: {next_command('seed', '--resume')}",
    )  # fmt: skip


def seed_level(run: Run, clock: Clock, target: Target, tenants: int, console: Console) -> Path | None:
    """Grow the data to this level; the list of tenants for the scenario, where we know it."""
    if target.seed.seeder is None:
        return None
    seeder, conninfo = _seeder_and_database(target, target.seed.seeder)
    began = clock.now()
    known = str(run.about.get("seeding", ""))  # what the doctor has seen
    with named(conninfo) as database, told_if_left_off(conninfo, console):
        progress = growth_progress("seed", tenants, console)
        growth = grow.grow(seeder, conninfo, tenants, target.seed.seed, progress, console.say, lambda: known)
    grown(target)
    fields = {**asdict(growth), "took_s": round(clock.now() - began, 1)}
    run.log(clock.now(), "seeder", f"grown to {tenants} tenants", database=database, **fields)
    console.say(f"seeded {tenants} tenants, {growth.rows_total:,} rows in {growth.seconds:.1f} s, in {database}")
    return _write_tenants(run, tenants, grow.tenants_of(seeder, tenants, target.seed.seed))


def note_copies(run: Run, target: Target) -> None:
    """Keep beside the run which of the target's tenants are copies, and which of their columns hold harmless values."""
    copies = copied_tenants(target.postgres) if target.postgres and not target.lab else []
    if copies:
        run.write_json("tenants-copied.json", masked(copies))


def check_seeding(target: Target) -> str:
    """What growing the data to its highest level will be, in words; raises what the growth would, before a row."""
    require_whole(target)
    if target.seed.seeder is None or target.lab:
        return "the data stays as it is" if target.seed.seeder is None else "the lab is made to be seeded"
    seeder, conninfo = _seeder_and_database(target, target.seed.seeder)
    with named(conninfo) as database:
        would = plan(seeder, conninfo, max(target.seed.tenants, default=1), target.seed.seed)
        check_room("the data", would.needed_bytes, would.free_bytes)
        if not would.rows or would.tenants <= would.held:
            return f"{database} holds {would.held:,} tenants, as many as are wanted"
        known = require_same_database(target, conninfo)
    cost = amount(sum(would.rows.values()), would.bytes, would.seconds)
    return f"from {would.held:,} to {would.tenants:,} tenants in {database}, {cost}; {known}"


def _seeder_and_database(target: Target, name: str) -> tuple[Seeder, str]:
    if target.postgres is None:
        raise NotReady("no data can be seeded", "the target names no postgres", "Add `postgres` to the target file.")
    seeder = grow.find(name)
    return replace(seeder, marker=target.marker.sql) if target.marker.sql else seeder, target.postgres


def growth_progress(phase: str, tenants: int | None, console: Console) -> Callable[[float, str], None]:
    """Shows how much of a growth is done, 0 to 1, and what is under way."""
    return lambda share, text: console.progress(Progress(phase, tenants, note=f"{share:.0%} {text}"))


def _write_tenants(run: Run, level: int, tenants: Sequence[Tenant]) -> Path:
    path = run.folder / f"tenants-{level}.csv"
    with recording(run.folder), path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "rows"])
        rows.writerows([tenant.id, tenant.rows] for tenant in tenants)
    return path
