"""Carry out a growth that was prepared: write its batches, put back what was taken off, and prove that it holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import errors

from rampart.errors import Incomplete, RampartError
from seeders._connect import Connection
from seeders._detach import PHASES, Detached, detach, detached, reattach
from seeders._load import Crew, crew
from seeders._trouble import explained
from seeders.multiply import _journal, _quiet
from seeders.multiply._catalogue import STAGING, read_schema
from seeders.multiply._journal import Step
from seeders.multiply._schema import Schema
from seeders.multiply._statement import FIRST, LAST, TENANTS
from seeders.multiply._verify import verify

Progress = Callable[[float, str], None]
_WRITTEN = 0.6  # the share of the time after which all rows are there
_RATED_ROWS = 50_000  # from so many on a rate is worth remembering


@dataclass(frozen=True, slots=True)
class Site:
    """Where a growth is carried out."""

    conninfo: str
    control: Connection
    replica: bool  # whether our sessions may write as a replica does
    progress: Progress


def carry_out(site: Site, step: Step) -> tuple[int, int]:
    """Do what is left of a growth: the rows that were added, and how many foreign keys were checked."""
    started = time.monotonic()
    with explained("multiplying", begun=True), crew(site.conninfo) as hands:
        schema = read_schema(site.control, tuple(step.references))
        _advance(site.control, step)
        added = _filled(site, hands, step)
        put_back(site, hands)
        site.progress(0.85, "checking foreign keys")
        checked = verify(hands, schema, step.tables)
        _settle(site, hands, schema, step)
        rate = added / (time.monotonic() - started) if added >= _RATED_ROWS else None
        with site.control.transaction():
            site.control.execute(f"DROP SCHEMA IF EXISTS {STAGING} CASCADE".encode())
            _journal.finish(site.control, step, rate)
    site.progress(1.0, f"{step.to:,} tenants")
    return added, checked


def _advance(control: Connection, step: Step) -> None:
    """Sequences first, so that the application never draws a key that a copy will have."""
    for sequence, value in step.sequences.items():
        control.execute(f"SELECT setval('{sequence}', greatest(last_value, {value})) FROM {sequence}".encode())


def batches(step: Step) -> list[tuple[int, int, int]]:
    """First round, last round and how many of the tenants, for each transaction."""
    whole = [(at, min(at + step.batch, step.rounds) - 1, step.sources) for at in range(0, step.rounds, step.batch)]
    return whole + ([(step.rounds, step.rounds, step.rest)] if step.rest else [])


def _filled(site: Site, hands: Crew, step: Step) -> int:
    left = [one for one in enumerate(batches(step)) if one[0] not in _journal.claimed(site.control, step)]
    if not left:
        return 0
    try:
        bulk = step.mode == "bulk"
        if bulk or not site.replica:
            detach(site.control, step.tables, indexes=bulk, keys=not site.replica)
        _quiet.hush(site.control, step.tables, replica=site.replica)
        return _write(site, hands, step, left)
    except (RampartError, psycopg.Error) as error:
        # The target gets back what it had as far as that can be done; the error matters more than another one here.
        with suppress(RampartError, psycopg.Error):
            put_back(site, hands)
        if isinstance(error, errors.IntegrityError):
            raise _refused(error) from error
        raise


def _write(site: Site, hands: Crew, step: Step, left: list[tuple[int, tuple[int, int, int]]]) -> int:
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
    connection: Connection, site: Site, step: Step, number: int, batch: tuple[int, int, int]
) -> Iterator[int]:  # fmt: skip
    """All tables' copies of some rounds, in one transaction."""
    tokens = dict(zip((FIRST, LAST, TENANTS), map(str, batch), strict=True))
    with connection.transaction():
        _quiet.settle_session(connection, replica=site.replica)
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


def put_back(site: Site, hands: Crew) -> None:
    """Indexes and foreign keys as they were; triggers awake."""
    waiting = detached(site.control)
    for phase in PHASES:
        ones = [one for one in waiting if one.phase == phase]
        if ones:
            site.progress(
                _WRITTEN + 0.1, "building indexes" if phase in ("primary", "index") else "adding foreign keys"
            )
            hands.each(_put_group_back, _groups(ones, phase))
    _quiet.wake(site.control)


def _groups(ones: list[Detached], phase: str) -> list[list[Detached]]:
    """Those of a group lock the same tables, so they come one after the other."""
    if phase in ("primary", "index"):
        return [[one] for one in ones]
    tables = sorted({one.table for one in ones}) if phase == "valid" else [None]
    return [[one for one in ones if table in (None, one.table)] for table in tables]


def _put_group_back(connection: Connection, group: list[Detached]) -> None:
    for one in group:
        reattach(connection, one)


def _settle(site: Site, hands: Crew, schema: Schema, step: Step) -> None:
    """Statistics, visibility maps and dirty pages now, and not in the middle of a measurement."""
    site.progress(0.95, "VACUUM ANALYZE")

    def vacuum(connection: Connection, oid: int) -> None:
        connection.execute(b"VACUUM (ANALYZE) " + schema.tables[oid].identifier.as_bytes(connection))

    hands.each(vacuum, step.tables)
    with suppress(errors.InsufficientPrivilege):
        site.control.execute("CHECKPOINT")
