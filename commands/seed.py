"""`rampart seed`: grow the data alone, say beforehand what that costs, or take all of it out again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from commands import _multiply, _target
from commands._multiply import say_compared
from conductor.console import Console
from conductor.same_database import require_same_database
from conductor.seeding import growth_progress, told_if_left_off
from lab.detached import status
from rampart.config import Target
from rampart.errors import ExitCode, NotReady, UsageError
from seeders.database.coming import amount
from seeders.database.disk import check_room
from seeders.database.interrupted import left_off
from seeders.database.which import named
from seeders.declaration.declare import Seeder
from seeders.growth.describe import describe
from seeders.growth.find import find
from seeders.growth.grow import grow
from seeders.growth.plan import plan
from seeders.growth.remove import remove
from seeders.multiply.multiply import DEFAULT_MARKER
from seeders.multiply.multiply import remove as remove_copies


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    _target.add_levels(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="rows, bytes and seconds; nothing is written")
    what.add_argument("--remove", action="store_true", help="take every seeded row out, and prove it")
    what.add_argument("--resume", action="store_true", help="end what was interrupted, and put back what is off")
    what.add_argument("--describe", action="store_true", help="the sizes of tenants at each level; needs no target")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="with --describe: draw it (.png or .svg)")
    _multiply.arguments(parser)


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    target = _target.resolve(arguments)
    levels = arguments.tenants or target.seed.tenants
    if arguments.rehearse and not arguments.multiply:
        raise UsageError("there is nothing to rehearse", "--rehearse belongs to --multiply", "Add --multiply.")
    if arguments.describe:
        return _describe(seeder_of(target), levels, target.seed.seed, arguments.plot, console)
    conninfo = _database(target)
    with named(conninfo) as database:
        console.say(f"the database is {database}")
        return _in_database(arguments, target, conninfo, levels, console)


def _in_database(
    arguments: argparse.Namespace, target: Target, conninfo: str, levels: tuple[int, ...], console: Console
) -> ExitCode:
    if arguments.remove:
        return _remove(target, conninfo, console)
    if arguments.resume:
        return _resume(target, conninfo, console)
    if not levels:
        raise UsageError("how far the data should grow is not known", "no tenants are given", "Add --tenants 1000.")
    if arguments.multiply:
        return _multiply.run(arguments, target, conninfo, levels[-1], console)
    seeder = seeder_of(target)
    if arguments.dry_run:
        return _dry_run(seeder, conninfo, levels[-1], target.seed.seed, console)
    _grow(seeder, conninfo, levels[-1], target, console)
    return ExitCode.DONE


def _grow(seeder: Seeder, conninfo: str, tenants: int, target: Target, console: Console) -> None:
    with told_if_left_off(conninfo, console), console.live():
        sure = partial(require_same_database, target, conninfo)
        progress = growth_progress("seed", tenants or None, console)
        growth = grow(seeder, conninfo, tenants, target.seed.seed, progress, console.say, sure)
    console.say(f"{growth.tenants:,} tenants, {growth.rows_added:,} rows added, {growth.rows_total:,} in all, "
                f"{growth.seconds:.1f} s ({growth.mode})")  # fmt: skip
    say_compared(growth.compared, console)


def _resume(target: Target, conninfo: str, console: Console) -> ExitCode:
    """Copies and a seeder's rows: whatever was interrupted."""
    multiplied = _multiply.resume_copies(conninfo, target.marker.sql or DEFAULT_MARKER, console)
    if target.seed.seeder is not None:
        _grow(seeder_of(target), conninfo, 0, target, console)
    elif not multiplied:
        console.say("nothing was interrupted")
    off = left_off(conninfo)
    if off is None:
        return ExitCode.DONE
    raise NotReady(
        f"{off.words} are still off", "the growth that took them off is not of this target's seeder",
        "Name the target file with which it was seeded.",
    )  # fmt: skip


def _remove(target: Target, conninfo: str, console: Console) -> ExitCode:
    """Copies first: they may hang on what a seeder made, and never the other way round."""
    removals = [("copied", remove_copies(conninfo, target.marker.sql or DEFAULT_MARKER))]
    if target.seed.seeder is not None:
        removals.append(("seeded", remove(seeder_of(target), conninfo)))
    for what, removal in removals:
        rows = sum(removal.rows.values())
        if rows or len(removals) == 1 or what == "seeded":
            console.say(f"removed {removal.tenants:,} {what} tenants, {rows:,} rows; nothing else changed")
    return ExitCode.DONE


def seeder_of(target: Target) -> Seeder:
    """The target's seeder; the target's own marker stands before the seeder's."""
    if target.seed.seeder is None:
        raise UsageError(f"{target.name} has no seeder", "its target file names none", 'Add [seed] seeder = "file.py".')
    seeder = find(target.seed.seeder)
    return replace(seeder, marker=target.marker.sql) if target.marker.sql else seeder


def _database(target: Target) -> str:
    standing = status() if target.lab else None
    if standing is not None:
        return str(standing.target.postgres)
    if target.lab:
        raise NotReady("no lab is up", "seeding alone needs a running one", "Run `rampart lab up` first.")
    if target.postgres is None:
        raise NotReady("no data can be seeded", "the target names no postgres", "Add `postgres` to the target file.")
    return target.postgres


def _describe(seeder: Seeder, levels: tuple[int, ...], seed: int, plot: Path | None, console: Console) -> ExitCode:
    description = describe(seeder, levels, seed)
    console.say(description.text())
    if plot:
        description.figure.savefig(plot)
        console.say(f"drawn: {plot}")
    return ExitCode.DONE


def _dry_run(seeder: Seeder, conninfo: str, tenants: int, seed: int, console: Console) -> ExitCode:
    would = plan(seeder, conninfo, tenants, seed)
    for table, rows in would.rows.items():
        console.say(f"  {table:<16} {rows:>12,} rows")
    console.say(f"to {would.tenants:,} tenants from {would.held:,}: "
                f"{amount(sum(would.rows.values()), would.bytes, would.seconds)} ({would.mode})")  # fmt: skip
    check_room("the data", would.needed_bytes, would.free_bytes)
    return ExitCode.DONE
