"""Grow a target's data to so many tenants, in place: what is there never changes, and any interruption is resumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from rampart.model import Tenant
from seeders.database import state
from seeders.database.catalog import check_marker
from seeders.database.coming import coming
from seeders.database.connect import connect
from seeders.database.disk import check_room
from seeders.database.errors import explained
from seeders.database.removal import Removal
from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.growth import journal
from seeders.growth.estimate import check_keys, estimate, new_step
from seeders.growth.execute import GrowthSite, carry_out
from seeders.growth.find import find
from seeders.growth.owned_rows import owned
from seeders.growth.plan import Plan, plan, seconds_for
from seeders.growth.remove import remove
from seeders.growth.target_tables import look_up

__all__ = ["Growth", "Plan", "Removal", "find", "grow", "plan", "remove", "tenants_of"]


@dataclass(frozen=True, slots=True)
class Growth:
    """What was done."""

    tenants: int  # that the target now holds; more than asked for where it held more
    rows_added: int
    rows_total: int  # seeded rows in all
    seconds: float
    mode: str  # "bulk" (indexes after) or "in place", and why
    compared: int = 0  # indexes and constraints that are as they were before some came off


def grow(
    seeder: Seeder, conninfo: str, tenants: int, seed: int, progress: Callable[[float, str], None],
    tell: Callable[[str], None] = lambda _text: None, sure: Callable[[], str] = lambda: "",
) -> Growth:  # fmt: skip
    """Bring the target to `tenants` tenants. Idempotent and resumable; it never shrinks and never starts again.

    Raises NotReady (nothing was done), UsageError (the declaration or the seed does not fit), or Incomplete (committed
    work is kept, and the same call goes on from there). `progress` gets a fraction and a text, from several threads but
    one at a time, `tell` what is coming before its first row. `sure` is asked before a growth begins: it says how it is
    known that the application uses this database, which is recorded, or raises.
    """
    started = time.monotonic()
    with explained("seeding", begun=False), connect(conninfo) as control:
        check_marker(control, seeder.marker)
        site = GrowthSite(seeder, conninfo, control, look_up(control, seeder), progress, tell, sure)
        reached, added, compared, mode = _grow(site, tenants, seed)
    total = frame_of(seeder, reached, seed).rows(0, reached)
    return Growth(reached, added, total, time.monotonic() - started, mode, compared)


def _grow(site: GrowthSite, tenants: int, seed: int) -> tuple[int, int, int, str]:
    """The level reached, the rows added, the definitions compared, and how."""
    seeder, control = site.seeder, site.control
    state.lock(control)
    state.make(control)
    held, pending = journal.level(control, seeder), journal.step(control, seeder)
    journal.check_same(seeder, seed, (held, pending))
    reached, added, compared, mode = held.tenants if held else 0, 0, 0, "nothing to do"
    if pending:
        (added, compared), mode = carry_out(site, pending), f"{pending.mode}: resumed, {pending.reason}"
        reached = pending.to
    if reached < tenants:
        step = _begun(site, reached, tenants, seed)
        (rows, compared), mode = carry_out(site, step), f"{step.mode}: {step.reason}"
        added, reached = added + rows, tenants
    return reached, added, compared, mode


def _begun(site: GrowthSite, after: int, to: int, seed: int) -> journal.GrowthStep:
    frame = frame_of(site.seeder, to, seed)
    step = new_step(site.seeder, site.control, site.found, frame, after)
    for one in site.found:
        owned({two.table.name: two for two in site.found}, one)  # what could not be removed again is not written
    check_keys(site.seeder, site.control, site.found, frame, after)
    cost = estimate(site.control, site.found, frame, step)
    check_room("the data", cost.needed_bytes, cost.free_bytes)
    step = replace(step, database=site.sure())
    rows, held = sum(cost.rows.values()), journal.level(site.control, site.seeder)
    site.tell(coming(f"{to - after:,} tenants", rows, cost.bytes, seconds_for(rows, step.mode, held)))
    journal.begin(site.control, site.seeder, step)
    return step


def tenants_of(seeder: Seeder, tenants: int, seed: int) -> list[Tenant]:
    """Keys and rows (over all tables) of the first tenants, without a database."""
    frame = frame_of(seeder, tenants, seed)
    return [Tenant(seeder.first_key + index, int(rows)) for index, rows in enumerate(frame.rows_by_tenant())]
