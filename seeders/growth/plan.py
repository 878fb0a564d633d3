"""The dry run: what a growth would do, before the first row. It only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seeders.database import state
from seeders.database.catalog import check_marker
from seeders.database.connect import connect
from seeders.database.errors import explained
from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.growth import journal
from seeders.growth.estimate import check_keys, estimate, new_step
from seeders.growth.target_tables import look_up

_ROWS_PER_S = {"bulk": 150_000.0, "in place": 60_000.0}  # on two shared cores, until a growth of this target is known


@dataclass(frozen=True, slots=True)
class Plan:
    """What `grow` would do."""

    tenants: int  # that the target would hold
    held: int  # that it holds in full
    pending: int | None  # the level of a growth that was interrupted and would be ended first
    rows: Mapping[str, int]  # that would be added, by table, beyond the held and pending levels
    bytes: int  # of tables and indexes, an estimate
    needed_bytes: int  # with the write-ahead log and the sorting of indexes
    free_bytes: int | None  # where the data lie; None: the server is elsewhere, or does not say
    seconds: float  # an estimate, from the last large growth of this target where there was one
    mode: str  # "bulk" (indexes after) or "in place", and why


def plan(seeder: Seeder, conninfo: str, tenants: int, seed: int) -> Plan:
    """Work a growth out, touching nothing; raises what `grow` would raise before its first row, but for the disk."""
    with explained("planning", begun=False), connect(conninfo) as control:
        control.execute("SET default_transaction_read_only = on")
        check_marker(control, seeder.marker)
        found = look_up(control, seeder)
        there = state.exists(control)
        held = journal.level(control, seeder) if there else None
        pending = journal.step(control, seeder) if there else None
        journal.check_same(seeder, seed, (held, pending))
        after = pending.to if pending else held.tenants if held else 0
        frame = frame_of(seeder, max(tenants, after), seed)
        step = new_step(seeder, control, found, frame, after)
        check_keys(seeder, control, found, frame, after)
        cost = estimate(control, found, frame, step)
    return Plan(
        tenants=frame.tenants,
        held=held.tenants if held else 0,
        pending=pending.to if pending else None,
        rows=cost.rows,
        bytes=cost.bytes,
        needed_bytes=cost.needed_bytes,
        free_bytes=cost.free_bytes,
        seconds=seconds_for(sum(cost.rows.values()), step.mode, held),
        mode=f"{step.mode}: {step.reason}" if frame.tenants > after else "nothing to do",
    )


def seconds_for(rows: int, mode: str, held: journal.SeededLevel | None) -> float:
    """How long so many rows will take: at the rate of the last large growth, where there was one."""
    return rows / ((held.rows_per_s if held else None) or _ROWS_PER_S[mode])
