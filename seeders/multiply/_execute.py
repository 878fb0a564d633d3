"""Carry out a growth that was prepared: write its batches, put back what was taken off, and prove that it holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg import errors

from rampart.errors import Incomplete, RampartError
from seeders.database.connect import Connection
from seeders.database.crew import Crew, crew, loaders
from seeders.database.detach import PHASES, Detached, detach, detached, reattach
from seeders.database.errors import explained
from seeders.multiply import _journal, _triggers
from seeders.multiply._journal import CopyStep
from seeders.multiply._read_schema import STAGING, read_schema
from seeders.multiply._schema import Schema
from seeders.multiply._statement import FIRST, LAST, TENANTS
from seeders.multiply._unique_keys import altered, detach_unique
from seeders.multiply._verify import Name, validated, verify

Progress = Callable[[float, str], None]
_WRITTEN = 0.6  # the share of the time after which all rows are there
_RATED_ROWS = 50_000  # from so many on a rate is worth remembering


@dataclass(frozen=True, slots=True)
class CopySite:
    """Where a growth is carried out."""

    conninfo: str
    control: Connection
    replica: bool  # whether our sessions may write as a replica does
    progress: Progress


def carry_out(site: CopySite, step: CopyStep) -> tuple[int, int]:
    """Do what is left of a growth: the rows that were added, and how many foreign keys were checked."""
    started = time.monotonic()
    with explained("multiplying", begun=True), crew(site.conninfo) as hands:
        added = _filled(site, hands, step)
        proved = _restored(site, hands)
        schema = read_schema(site.control, tuple(step.references))
        site.progress(0.9, "checking foreign keys")
        checked = verify(hands, schema, step.tables, proved)
        _settle(site, hands, schema, step)
        rate = added / (time.monotonic() - started) if added >= _RATED_ROWS else None
        with site.control.transaction():
            site.control.execute(f"DROP SCHEMA IF EXISTS {STAGING} CASCADE".encode())
            _journal.finish(site.control, step, rate)
    site.progress(1.0, f"{step.to:,} tenants")
    return added, checked


def advance(control: Connection, step: CopyStep) -> None:
    """Sequences first, so that the application never draws a key that a copy will have.

    No transaction takes that back: it comes before the growth is on record, by whose keys copies are removed.
    """
    for sequence, value in step.sequences.items():
        control.execute(f"SELECT setval('{sequence}', greatest(last_value, {value})) FROM {sequence}".encode())


def batches(step: CopyStep) -> list[tuple[int, int, int]]:
    """First round, last round and how many of the tenants, for each transaction."""
    whole = [(at, min(at + step.batch, step.rounds) - 1, step.sources) for at in range(0, step.rounds, step.batch)]
    return whole + ([(step.rounds, step.rounds, step.rest)] if step.rest else [])


def _filled(site: CopySite, hands: Crew, step: CopyStep) -> int:
    left = [one for one in enumerate(batches(step)) if one[0] not in _journal.claimed(site.control, step)]
    if not left:
        return 0
    try:
        _take_off(site, step)
        _triggers.hush(site.control, step.tables, replica=site.replica)
        return _write(site, hands, step, left)
    except (RampartError, psycopg.Error) as error:
        # The target gets back what it had as far as that can be done; the error matters more than another one here.
        with suppress(RampartError, psycopg.Error):
            put_back(site, hands)
        if isinstance(error, errors.IntegrityError):
            raise _refused(error) from error
        raise


def _take_off(site: CopySite, step: CopyStep) -> None:
    """For a bulk growth all that can be made again at once, for another what a role may not silence."""
    bulk = step.mode == "bulk"
    if bulk or not site.replica:
        children = {child for _, child, *_ in step.keys}
        detach(site.control, altered(site.control, {*step.tables, *children}), indexes=False)
    if bulk:
        detach(site.control, step.tables, keys=False)
        detach_unique(site.control, step.sure)


def _write(site: CopySite, hands: Crew, step: CopyStep, left: list[tuple[int, tuple[int, int, int]]]) -> int:
    lock, done = threading.Lock(), {"batches": 0, "rows": 0}

    def work(connection: Connection, one: tuple[int, tuple[int, int, int]]) -> None:
        rows = sum(_batch(connection, site, step, *one))
        with lock:
            done["batches"] += 1
            done["rows"] += rows
            site.progress(_WRITTEN * done["batches"] / len(left), f"{done['rows']:,} rows")

    hands.each(work, left)
    return done["rows"]


def _batch(
    connection: Connection, site: CopySite, step: CopyStep, number: int, batch: tuple[int, int, int]
) -> Iterator[int]:  # fmt: skip
    """All tables' copies of some rounds, in one transaction."""
    tokens = dict(zip((FIRST, LAST, TENANTS), map(str, batch), strict=True))
    with connection.transaction():
        _triggers.settle_session(connection, replica=site.replica)
        if _journal.claim(connection, step, number):
            for _, statement in step.inserts:
                for token, value in tokens.items():
                    statement = statement.replace(token, value)
                yield connection.execute(statement.encode()).rowcount


def _refused(error: errors.IntegrityError) -> Incomplete:
    where, detail = error.diag.table_name or "a table", error.diag.message_detail
    return Incomplete(
        "multiplying stopped",
        f"{where} refuses a copy: {str(error).splitlines()[0]}{f' ({detail})' if detail else ''}",
        "Take the copies out (rampart seed --remove), and say what a column's new values are (--set), or leave the "
        "table out (--without).",
    )


def _restored(site: CopySite, hands: Crew) -> set[Name]:
    """Put all back; the foreign keys that the server has checked with that."""
    waiting = {one.name for one in detached(site.control) if one.phase == "valid"}
    try:
        put_back(site, hands)
    except errors.IntegrityError as error:
        raise Incomplete(
            "the copies do not hold together",
            f"{str(error).splitlines()[0]} ({error.diag.message_detail})",
            "Somebody may have changed rows meanwhile. Correct those and run the same command again, or take the "
            "copies out: rampart seed --remove.",
        ) from error
    return validated(site.control, waiting)


def put_back(site: CopySite, hands: Crew) -> None:
    """Indexes and foreign keys as they were; triggers awake."""
    waiting = detached(site.control)
    for phase in PHASES:
        ones = [one for one in waiting if one.phase == phase]
        if ones:
            site.progress(
                _WRITTEN + 0.1, "building indexes" if phase in ("primary", "index") else "adding foreign keys"
            )
            groups = _groups(ones, phase)
            hands.each(partial(_put_group_back, len(groups) >= 2 * loaders()), groups)
    _triggers.wake(site.control)


def _groups(ones: list[Detached], phase: str) -> list[list[Detached]]:
    """Those of a group lock the same tables, so they come one after the other."""
    if phase == "index":
        return [[one] for one in ones]
    tables = [None] if phase == "key" else sorted({one.table for one in ones})
    return [[one for one in ones if table in (None, one.table)] for table in tables]


def _put_group_back(alone: bool, connection: Connection, group: list[Detached]) -> None:
    """`alone`: with no helpers of the server, who would only share the same processors with the rest of the crew."""
    for one in group:
        with connection.transaction():
            if alone:
                connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
            reattach(connection, one)


def _settle(site: CopySite, hands: Crew, schema: Schema, step: CopyStep) -> None:
    """Statistics, visibility maps and dirty pages now, and not in the middle of a measurement."""
    site.progress(0.95, "VACUUM ANALYZE")

    def vacuum(connection: Connection, oid: int) -> None:
        connection.execute(b"VACUUM (ANALYZE) " + schema.tables[oid].identifier.as_bytes(connection))

    hands.each(vacuum, step.tables)
    with suppress(errors.InsufficientPrivilege):
        site.control.execute("CHECKPOINT")
