"""Carry out a growth that was prepared: write its batches, put back what was taken off, and prove that it holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import errors, sql

from rampart.errors import Incomplete, RampartError
from seeders.database import bulk
from seeders.database.connect import Connection
from seeders.database.crew import Crew, crew
from seeders.database.detach import detach, detached
from seeders.database.errors import explained
from seeders.database.phases import Phases
from seeders.multiply import _journal, _triggers
from seeders.multiply._journal import CopyStep
from seeders.multiply._read_schema import STAGING, read_schema
from seeders.multiply._statement import ROW_BY_ROW
from seeders.multiply._unique_keys import altered, detach_unique
from seeders.multiply._verify import Name, validated, verify

Progress = Callable[[float, str], None]
_WRITTEN, _BUILT = 0.6, 0.9  # shares of the time after which all rows are there, and all indexes
_RATED_ROWS = 50_000  # from so many on a rate is worth remembering


@dataclass(frozen=True, slots=True)
class CopySite:
    """Where a growth is carried out."""

    conninfo: str
    control: Connection
    replica: bool  # whether our sessions may write as a replica does
    progress: Progress
    tell: Callable[[str], None] = lambda _text: None  # what the reader should know before the first row
    sure: Callable[[], str] = lambda: ""  # how it is known that this is the application's database, or a refusal
    phases: Phases = field(default_factory=Phases)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a growth has added, and what was looked at when it ended."""

    rows: int  # that were added
    references: int  # foreign keys of which every row was checked
    compared: int  # indexes and constraints that are as they were before some came off


def carry_out(site: CopySite, step: CopyStep) -> Proof:
    """Do what is left of a growth."""
    started = time.monotonic()
    with explained("multiplying", begun=True), crew(site.conninfo) as hands:
        with site.phases.timed("rows"):
            added = _filled(site, hands, step)
        proved, compared = _restored(site, hands, step)
        site.progress(_BUILT, "counting what refers to nothing")
        with site.phases.timed("counting references"):
            schema = read_schema(site.control, tuple(step.references))
            checked = verify(hands, schema, step.tables, proved)
        site.progress(0.95, "CHECKPOINT")
        bulk.checkpoint(site.control, site.phases)
        rate = added / (time.monotonic() - started) if added >= _RATED_ROWS else None
        with site.control.transaction():
            site.control.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(STAGING)))
            _journal.finish(site.control, step, rate)
    site.progress(1.0, f"{step.to:,} tenants")
    return Proof(added, checked, compared)


def advance(control: Connection, step: CopyStep) -> None:
    """Sequences first, so that the application never draws a key that a copy will have.

    No transaction takes that back: it comes before the growth is on record, by whose keys copies are removed.
    """
    for sequence, value in step.sequences.items():
        query = sql.SQL("SELECT setval({}, greatest(last_value, {})) FROM {}")
        control.execute(query.format(sequence, value, sql.SQL(sequence)))


def batches(step: CopyStep) -> list[tuple[int, int, int]]:
    """First round, last round and how many of the tenants, for each transaction."""
    whole = [(at, min(at + step.batch, step.rounds) - 1, step.sources) for at in range(0, step.rounds, step.batch)]
    return whole + ([(step.rounds, step.rounds, step.rest)] if step.rest else [])


def _filled(site: CopySite, hands: Crew, step: CopyStep) -> int:
    left = [one for one in enumerate(batches(step)) if one[0] not in _journal.claimed(site.control, step)]
    if not left:
        return 0
    try:
        take_off(site.control, step, replica=site.replica)
        return _write(site, hands, step, left)
    except (RampartError, psycopg.Error) as error:
        # The target gets back what it had as far as that can be done; the error matters more than another one here.
        with suppress(RampartError, psycopg.Error):
            put_back(site, hands)
        if isinstance(error, errors.IntegrityError):
            raise _refused(error) from error
        raise


def take_off(control: Connection, step: CopyStep, *, replica: bool) -> None:
    """For a bulk growth all that can be made again at once, for another what a role may not silence; and triggers."""
    off = step.mode == "bulk"
    if off or not replica:
        children = {child for _, child, *_ in step.keys}
        detach(control, altered(control, {*step.tables, *children}), indexes=False)
    if off:
        detach(control, step.tables, keys=False)
        detach_unique(control, step.sure)
    _triggers.hush(control, step.tables, replica=replica)


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
    with connection.transaction():
        _triggers.settle_session(connection, replica=site.replica)
        connection.execute(ROW_BY_ROW)
        if _journal.claim(connection, step, number):
            for _, statement in step.inserts:
                # Raw: with the server's own parameters, so that a percent sign in a name is nothing but that.
                yield psycopg.RawCursor(connection).execute(sql.SQL(statement), batch, prepare=False).rowcount


def _refused(error: errors.IntegrityError) -> Incomplete:
    where, detail = error.diag.table_name or "a table", error.diag.message_detail
    return Incomplete(
        "multiplying stopped",
        f"{where} refuses a copy: {str(error).splitlines()[0]}{f' ({detail})' if detail else ''}",
        "Take the copies out (rampart seed --remove), and say what a column's new values are (--set), or leave the "
        "table out (--without).",
    )


def _restored(site: CopySite, hands: Crew, step: CopyStep) -> tuple[set[Name], int]:
    """Put all back, and vacuum; the foreign keys that the server has checked, and the definitions compared."""
    waiting = {one.name for one in detached(site.control) if one.phase == "valid"}
    try:
        compared = put_back(site, hands, step.tables)
    except errors.IntegrityError as error:
        raise Incomplete(
            "the copies do not hold together",
            f"{str(error).splitlines()[0]} ({error.diag.message_detail})",
            "Somebody may have changed rows meanwhile. Correct those and run the same command again, or take the "
            "copies out: rampart seed --remove.",
        ) from error
    return validated(site.control, waiting), compared


def put_back(site: CopySite, hands: Crew, vacuum: Collection[int] = ()) -> int:
    """Indexes and foreign keys as they were, compared with before; triggers awake, and these tables vacuumed."""

    def progress(share: float, text: str) -> None:
        site.progress(_WRITTEN + share * (_BUILT - _WRITTEN), text)

    compared = bulk.put_back(site.control, hands, progress, site.phases, vacuum)
    _triggers.wake(site.control)
    return compared
