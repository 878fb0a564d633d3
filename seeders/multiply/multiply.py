"""Grow a database to so many tenants by copying the few real ones that it has. Nothing about its schema is declared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg

from seeders.database import state
from seeders.database.catalog import check_marker
from seeders.database.coming import coming
from seeders.database.connect import Connection, connect
from seeders.database.disk import check_room
from seeders.database.errors import explained
from seeders.database.phases import Phases
from seeders.multiply import _journal
from seeders.multiply._execute import CopySite, Progress, Proof, advance, carry_out
from seeders.multiply._harmless import harmless_words
from seeders.multiply._journal import CopyStep
from seeders.multiply._prepare import Prepared, Reached, prepare
from seeders.multiply._rehearsal import Rehearsal, rehearsed
from seeders.multiply._request import DEFAULT_MARKER, Request
from seeders.multiply._triggers import may_replicate
from seeders.multiply._unlinked import Unlinked
from seeders.multiply.remove import remove

__all__ = [
    "DEFAULT_MARKER", "Multiplied", "Outlook", "Rehearsal", "Request", "harmless_words", "multiply",
    "outlook", "rehearse", "remove", "resume",
]  # fmt: skip

_ROWS_PER_S = 200_000.0  # until a growth of this database is known


@dataclass(frozen=True, slots=True)
class Multiplied:
    """What was done."""

    root: str
    tenants: int  # that the database now holds
    rows_added: int
    references: int  # foreign keys of which every row was checked
    seconds: float
    mode: str  # "bulk" (indexes after) or "in place", and why
    compared: int = 0  # indexes and constraints that are as they were before some came off
    phases: Mapping[str, float] = field(default_factory=dict)  # of the seconds


@dataclass(frozen=True, slots=True)
class Outlook:
    """What `multiply` would do."""

    root: str
    tenants: int
    held: int  # tenants that are there, copies included
    sources: int  # of them real ones, which are copied
    rows: Mapping[str, int]  # that would be added, by table
    shared: tuple[str, ...]  # tables that copies refer to and that are not copied
    along: tuple[str, ...]  # tables that are copied because tenants refer to them
    renewed: Mapping[str, tuple[str, str]]  # column of text: an old value and its first new one
    unlinked: tuple[Unlinked, ...]  # what seems to refer to copied rows, and is not copied with them
    bytes: int
    needed_bytes: int  # with the write-ahead log and the sorting of indexes
    free_bytes: int | None
    seconds: float
    mode: str
    harmless: Mapping[str, str] = field(default_factory=dict)  # column that leads out: what it holds, which is replaced


def multiply(
    conninfo: str, request: Request, progress: Progress, tell: Callable[[str], None] = lambda _text: None,
    sure: Callable[[], str] = lambda: "",
) -> Multiplied:  # fmt: skip
    """Bring the database to `request.tenants` tenants. Resumable after any interruption; it never shrinks.

    `tell` gets what the reader should know before the first row. `sure` is asked before a growth begins: it says how
    it is known that the application uses this database, which is recorded, or raises. Raises NotReady or UsageError
    (nothing was written), or Incomplete (committed work is kept; the same call goes on).
    """
    started = time.monotonic()
    with explained("multiplying", begun=False), connect(conninfo) as control:
        check_marker(control, request.marker)
        state.lock(control)
        state.make(control)
        site = CopySite(conninfo, control, may_replicate(control), progress, tell, sure)
        proof, added, modes = Proof(0, 0, 0), 0, []
        pending = _pending(control)
        if pending:
            proof = carry_out(site, pending)
            added = proof.rows
            modes.append(f"{pending.mode}: resumed, {pending.reason}")
        found = _prepared(control, request, site=site)
        if isinstance(found, Prepared):
            proof = carry_out(site, found.step)
            added += proof.rows
            modes.append(f"{found.step.mode}: {found.step.reason}")
        root, tenants = (found.step.root, found.step.to) if isinstance(found, Prepared) else (found.root, found.tenants)
    return Multiplied(
        root, tenants, added, proof.references, time.monotonic() - started, "; ".join(modes) or "nothing to do",
        proof.compared, site.phases.seconds,
    )  # fmt: skip


def resume(conninfo: str, marker: str, progress: Progress) -> Multiplied | None:
    """End the growth that was interrupted, and begin no other; None where none was. Raises as `multiply`."""
    started = time.monotonic()
    with explained("multiplying", begun=False), connect(conninfo) as control:
        check_marker(control, marker)
        state.lock(control)
        step = _pending(control)
        if step is None:
            return None
        site = CopySite(conninfo, control, may_replicate(control), progress)
        proof = carry_out(site, step)
    seconds, mode = time.monotonic() - started, f"{step.mode}: resumed, {step.reason}"
    phases = site.phases.seconds
    return Multiplied(step.root, step.to, proof.rows, proof.references, seconds, mode, proof.compared, phases)


def _pending(control: Connection) -> CopyStep | None:
    return next((step for step in _journal.steps(control) if not step.done), None)


def outlook(conninfo: str, request: Request) -> Outlook:
    """Work a growth out to its last row, and keep nothing of it; raises what `multiply` would, but for the disk."""
    with explained("planning", begun=False), connect(conninfo) as control:
        check_marker(control, request.marker)
        found = _prepared(control, request)
        before = _journal.steps(control)
    if isinstance(found, Reached):
        return Outlook(found.root, found.tenants, found.tenants, found.sources, {}, (), (), {}, (), 0, 0, None, 0.0,
                       "nothing to do")  # fmt: skip
    step, tables = found.step, found.roles.schema.tables
    return Outlook(
        step.root, step.to, step.before, step.sources, step.rows,
        tuple(tables[oid].label for oid in found.roles.shared), tuple(tables[oid].label for oid in found.roles.along),
        found.renewed, tuple(found.unlinked), found.bytes, found.needed_bytes, found.free_bytes,
        _seconds(step, before), f"{step.mode}: {step.reason}", step.harmless,
    )  # fmt: skip


def _seconds(step: CopyStep, before: Sequence[CopyStep]) -> float:
    rate = next((one.rows_per_s for one in reversed(before) if one.rows_per_s), None) or _ROWS_PER_S
    return sum(step.rows.values()) / rate


def rehearse(conninfo: str, request: Request) -> Rehearsal | None:
    """Copy the smallest tenant as a growth would, verify, remove, compare, and roll all of it back.

    None: there are as many tenants as are wanted. Raises what `multiply` would before its first row.
    """
    with explained("rehearsing", begun=False), connect(conninfo) as control:
        check_marker(control, request.marker)
        state.lock(control)
        replica, rehearsal = may_replicate(control), None
        control.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with control.transaction():
            state.make(control)
            found = prepare(control, request, _journal.steps(control))
            if isinstance(found, Prepared):
                rehearsal = rehearsed(control, found, replica=replica)
            raise psycopg.Rollback
    return rehearsal


def _prepared(control: Connection, request: Request, *, site: CopySite | None = None) -> Prepared | Reached:
    """Work a growth out; at a site it is rehearsed and kept, else nothing is."""
    control.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # the source rows are of one moment
    phases = site.phases if site else Phases()
    try:
        with control.transaction():
            with phases.timed("preparing"):
                before = _journal.steps(control)
                found = prepare(control, request, before)
            if site is None or isinstance(found, Reached):
                raise psycopg.Rollback
            check_room("the copies", found.needed_bytes, found.free_bytes)
            found = _allowed(control, site, found, before)
    finally:
        control.isolation_level = None
    return found


def _allowed(control: Connection, site: CopySite, found: Prepared, before: Sequence[CopyStep]) -> Prepared:
    """What has to be seen before the first row: whose database it is, and that a rehearsal goes well."""
    with site.phases.timed("asking whose database it is"):
        found = replace(found, step=replace(found.step, database=site.sure()))
    for sentence in _before_rows(found, before):
        site.tell(sentence)
    site.progress(0.0, "rehearsing with the smallest tenant")
    with site.phases.timed("rehearsing"):
        rehearsed(control, found, replica=site.replica)
    advance(control, found.step)
    _journal.write(control, found.step)
    return found


def _before_rows(found: Prepared, before: Sequence[CopyStep]) -> Iterator[str]:
    """What the reader should know before the first row."""
    step = found.step
    yield coming(f"{step.to - step.before:,} tenants", sum(step.rows.values()), found.bytes, _seconds(step, before))
    yield from map(str, found.unlinked)
    if step.harmless:
        yield harmless_words(step.harmless)
