"""Carry out a growth: take indexes off, load, put them back, settle. Whatever is done already is not done again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import errors

from rampart.errors import RampartError
from seeders.database import state
from seeders.database.catalog import Found
from seeders.database.connect import Connection
from seeders.database.crew import Crew, crew
from seeders.database.detach import PHASES, Detached, detach, detached, keyed, reattach
from seeders.database.errors import explained
from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.draw.rows import Frame
from seeders.growth.load import Slice, load

Progress = Callable[[float, str], None]

_LOADED = 0.6  # the fraction of a bulk growth's time after which indexes are built
_PHASE_TEXT = {
    "primary": "building primary keys",
    "index": "building indexes",
    "key": "adding foreign keys",
    "valid": "checking foreign keys",
}
_RATED_ROWS = 100_000  # from so many on a rate is worth remembering


@dataclass(frozen=True, slots=True)
class GrowthSite:
    """Where and what is grown."""

    seeder: Seeder
    conninfo: str
    control: Connection
    found: Sequence[Found]
    progress: Progress


def carry_out(site: GrowthSite, step: state.GrowthStep) -> int:
    """Do what is left of a growth; the rows that were added."""
    started = time.monotonic()
    frame = frame_of(site.seeder, step.to, step.seed)
    with explained("seeding", begun=True), crew(site.conninfo) as hands:
        added = _filled(site, hands, frame, step)
        _put_back(site, hands)
        _settle(site, hands, step)
        rate = added / (time.monotonic() - started) if added >= _RATED_ROWS else None
        state.finish(site.control, site.seeder, state.reached(step, rate))
    site.progress(1.0, f"{step.to:,} tenants")
    return added


def _filled(site: GrowthSite, hands: Crew, frame: Frame, step: state.GrowthStep) -> int:
    done = state.claimed(site.control, site.seeder)
    if step.mode == "bulk" and len(done) < sum(step.slices.values()):
        detach(site.control, [one.oid for one in site.found])
    try:
        return _load(site, hands, frame, step, done)
    except (RampartError, psycopg.Error):
        # The target gets its indexes back as far as that can be done; the error matters more than another one here.
        with suppress(RampartError, psycopg.Error):
            _put_back(site, hands)
        raise


def _load(site: GrowthSite, hands: Crew, frame: Frame, step: state.GrowthStep, done: set[str]) -> int:
    share = _LOADED if step.mode == "bulk" else 0.9
    slices, lock = sum(step.slices.values()), threading.Lock()
    copied = {"slices": len(done), "rows": 0}

    def note(one: Slice, rows: int) -> None:
        with lock:
            copied["slices"] += 1
            copied["rows"] += rows
            site.progress(share * copied["slices"] / slices, f"{one.found.table.name}: {copied['rows']:,} rows")

    load(
        hands,
        site.seeder,
        frame,
        step,
        site.found,
        done,
        note,
        in_order=keyed(site.control, [one.oid for one in site.found]),
    )
    return copied["rows"]


def _put_back(site: GrowthSite, hands: Crew) -> None:
    waiting = detached(site.control)
    for number, phase in enumerate(PHASES):
        ones = [one for one in waiting if one.phase == phase]
        if ones:
            site.progress(_LOADED + 0.08 * number, _PHASE_TEXT[phase])
            hands.each(_put_group_back, _groups(ones, phase))


def _groups(waiting: Sequence[Detached], phase: str) -> list[list[Detached]]:
    """What must be done one after the other, because it locks the same tables."""
    if phase in ("primary", "index"):
        return [[one] for one in waiting]
    if phase == "key":
        return [list(waiting)]
    return [[one for one in waiting if one.table == table] for table in sorted({one.table for one in waiting})]


def _put_group_back(connection: Connection, group: list[Detached]) -> None:
    for one in group:
        reattach(connection, one)


def _settle(site: GrowthSite, hands: Crew, step: state.GrowthStep) -> None:
    """Statistics, visibility maps and dirty pages now, and not in the middle of a measurement."""
    site.progress(0.95, "VACUUM ANALYZE")
    # Vacuum marks no page as visible to all while a commit near it may not be on disk yet; this commit takes all there.
    site.control.execute("SET synchronous_commit = on")
    state.begin(site.control, site.seeder, step)

    def vacuum(connection: Connection, one: Found) -> None:
        connection.execute("SET synchronous_commit = on")
        connection.execute(b"VACUUM (ANALYZE) " + one.name.as_bytes(connection))

    hands.each(vacuum, site.found)
    with suppress(errors.InsufficientPrivilege):
        site.control.execute("CHECKPOINT")
