"""Grow a target's data to so many tenants, in place: what is there never changes, and any interruption is resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from rampart.errors import RampartError
from rampart.model import Tenant
from seeders import _state
from seeders._catalog import Found, check_marker, look_up
from seeders._connect import Connection, connect
from seeders._detach import PHASES, Detached, detach, detached, reattach
from seeders._frame import frame_of
from seeders._load import Crew, Slice, crew, load, slices
from seeders._rows import Frame
from seeders._trouble import explained
from seeders.declare import Seeder
from seeders.find import find

__all__ = ["Growth", "find", "grow", "tenants_of"]

Progress = Callable[[float, str], None]

_BULK_ROWS = 100_000  # fewer are in place before the first index is dropped
_BULK_RATIO = 0.5  # of new rows to old: measured in docs/seeding.md
_LOADED = 0.7  # the fraction of a bulk growth's time after which indexes are built
_PHASE_TEXT = {
    "primary": "building primary keys",
    "index": "building indexes",
    "key": "adding foreign keys",
    "valid": "checking foreign keys",
}


@dataclass(frozen=True, slots=True)
class Growth:
    """What was done."""

    tenants: int  # that the target now holds; more than asked for where it held more
    rows_added: int
    rows_total: int  # seeded rows in all
    seconds: float
    mode: str  # "bulk" (indexes after) or "in place", and why


def grow(seeder: Seeder, conninfo: str, tenants: int, seed: int, progress: Progress) -> Growth:
    """Bring the target to `tenants` tenants. Idempotent and resumable; it never shrinks and never starts again.

    Raises NotReady (nothing was done), UsageError (the declaration or seed does not fit), or Incomplete (committed work is
    kept, and the same call goes on from there).
    """
    started = time.monotonic()
    with explained("seeding", begun=False), connect(conninfo) as control:
        check_marker(control, seeder.marker)
        found = look_up(control, seeder)
        with explained("seeding", begun=True):
            return _grow(_Site(seeder, conninfo, control, found, progress), tenants, seed, started)


def tenants_of(seeder: Seeder, tenants: int, seed: int) -> list[Tenant]:
    """Keys and rows (over all tables) of the first tenants, without a database."""
    frame = frame_of(seeder, tenants, seed)
    rows = sum(extent.count for extent in frame.tables.values())
    return [Tenant(seeder.first_key + index, int(count)) for index, count in enumerate(rows)]


@dataclass(frozen=True, slots=True)
class _Site:
    """Where and what is grown."""

    seeder: Seeder
    conninfo: str
    control: Connection
    found: Sequence[Found]
    progress: Progress


def _grow(site: _Site, tenants: int, seed: int, started: float) -> Growth:
    seeder, control = site.seeder, site.control
    _state.lock(control)
    _state.make(control)
    held, pending = _state.level(control, seeder), _state.step(control, seeder)
    _state.check_same(seeder, seed, (held, pending))
    reached, added, mode = held.tenants if held else 0, 0, "nothing to do"
    if pending:
        added, mode = _carry_out(site, pending), f"{pending.mode}: resumed, {pending.reason}"
        reached = pending.to
    if reached < tenants:
        step = _new_step(site, reached, tenants, seed)
        _state.begin(control, seeder, step)
        added, mode = added + _carry_out(site, step), f"{step.mode}: {step.reason}"
        reached = tenants
    total = frame_of(seeder, reached, seed).rows(0, reached)
    return Growth(reached, added, total, time.monotonic() - started, mode)


def _new_step(site: _Site, after: int, to: int, seed: int) -> _state.Step:
    frame = frame_of(site.seeder, to, seed)
    new, old = frame.rows(after, to), _rows_there(site.control, site.found)
    mode, reason = "in place", f"{new:,} new rows are few beside {old:,}" if old else f"{new:,} rows are few"
    if new >= _BULK_ROWS and new >= _BULK_RATIO * old:
        mode, reason = "bulk", f"{new:,} new rows beside {old:,}, so indexes and foreign keys come after"
    parts = {found.table.name: slices(frame, after, found.table.name) for found in site.found}
    return _state.Step(after, to, seed, _state.fingerprint(site.seeder), parts, mode, reason)


def _rows_there(control: Connection, found: Sequence[Found]) -> int:
    """The planner's estimate, over all tables."""
    query = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid = ANY(%s)"
    row = control.execute(query, [[one.oid for one in found]]).fetchone()
    return int(row[0]) if row else 0


def _carry_out(site: _Site, step: _state.Step) -> int:
    """Do what is left of a growth; the rows that were added."""
    frame = frame_of(site.seeder, step.to, step.seed)
    started, added = time.monotonic(), 0
    with crew(site.conninfo) as hands:
        done = _state.claimed(site.control, site.seeder)
        if step.mode == "bulk" and len(done) < sum(step.slices.values()):
            detach(site.control, [one.oid for one in site.found])
        try:
            added = _load(site, hands, frame, step, done)
        except (RampartError, psycopg.Error):
            _put_back(site, hands, quietly=True)
            raise
        _put_back(site, hands, quietly=False)
        _settle(site, hands)
    rate = added / (time.monotonic() - started) if added >= _BULK_ROWS else None
    _state.finish(site.control, site.seeder, _state.Level(step.to, step.seed, step.print, rate))
    site.progress(1.0, f"{step.to:,} tenants")
    return added


def _load(site: _Site, hands: Crew, frame: Frame, step: _state.Step, done: set[str]) -> int:
    wanted = max(frame.rows(step.after, step.to), 1)
    share = _LOADED if step.mode == "bulk" else 0.9
    copied = [0]

    def note(one: Slice, rows: int) -> None:
        copied[0] += rows
        site.progress(share * min(copied[0] / wanted, 1), f"{one.found.table.name}: {copied[0]:,} of {wanted:,} rows")

    load(hands, site.seeder, frame, step, site.found, done, note)
    return copied[0]


def _put_back(site: _Site, hands: Crew, *, quietly: bool) -> None:
    """Indexes and foreign keys as they were; quietly: as far as that can be done after an error."""
    try:
        _reattach(site, hands)
    except (RampartError, psycopg.Error):
        if not quietly:
            raise


def _reattach(site: _Site, hands: Crew) -> None:
    waiting = detached(site.control)
    for number, phase in enumerate(PHASES):
        site.progress(_LOADED + 0.06 * number, _PHASE_TEXT[phase])
        hands.each(_put_group_back, _groups([one for one in waiting if one.phase == phase], phase))


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


def _settle(site: _Site, hands: Crew) -> None:
    """Statistics and visibility maps now, so that autovacuum does not start in the middle of a measurement."""
    site.progress(0.95, "VACUUM ANALYZE")

    def vacuum(connection: Connection, one: Found) -> None:
        connection.execute(b"VACUUM (ANALYZE, SKIP_LOCKED) " + one.name.as_bytes(connection))

    hands.each(vacuum, site.found)
