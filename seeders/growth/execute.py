"""Carry out a growth: take indexes off, load, put them back, settle. Whatever is done already is not done again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from rampart.errors import RampartError
from seeders.database.bulk import put_back, settle
from seeders.database.connect import Connection
from seeders.database.crew import Crew, crew
from seeders.database.detach import detach, keyed
from seeders.database.errors import explained
from seeders.declaration.declare import Seeder
from seeders.declaration.frame import frame_of
from seeders.draw.rows import Frame
from seeders.growth import journal
from seeders.growth.load import Slice, load
from seeders.growth.target_tables import Found

Progress = Callable[[float, str], None]

_LOADED, _BUILT = 0.6, 0.95  # fractions of a bulk growth's time after which indexes are built, and are there
_RATED_ROWS = 100_000  # from so many on a rate is worth remembering


@dataclass(frozen=True, slots=True)
class GrowthSite:
    """Where and what is grown."""

    seeder: Seeder
    conninfo: str
    control: Connection
    found: Sequence[Found]
    progress: Progress
    tell: Callable[[str], None] = lambda _text: None  # what the reader should know before the first row
    sure: Callable[[], str] = lambda: ""  # how it is known that this is the application's database, or a refusal


def carry_out(site: GrowthSite, step: journal.GrowthStep) -> tuple[int, int]:
    """Do what is left of a growth; the rows that were added, and how many definitions are as they were before."""
    started = time.monotonic()
    frame = frame_of(site.seeder, step.to, step.seed)
    with explained("seeding", begun=True), crew(site.conninfo) as hands:
        added = _filled(site, hands, frame, step)
        compared = _put_back(site, hands)
        site.progress(_BUILT, "VACUUM ANALYZE")
        settle(site.control, hands, [one.oid for one in site.found])
        rate = added / (time.monotonic() - started) if added >= _RATED_ROWS else None
        journal.finish(site.control, site.seeder, journal.reached(step, rate))
    site.progress(1.0, f"{step.to:,} tenants")
    return added, compared


def _filled(site: GrowthSite, hands: Crew, frame: Frame, step: journal.GrowthStep) -> int:
    done = journal.claimed(site.control, site.seeder)
    if step.mode == "bulk" and len(done) < sum(step.slices.values()):
        detach(site.control, [one.oid for one in site.found])
    try:
        return _load(site, hands, frame, step, done)
    except (RampartError, psycopg.Error):
        # The target gets its indexes back as far as that can be done; the error matters more than another one here.
        with suppress(RampartError, psycopg.Error):
            _put_back(site, hands)
        raise


def _load(site: GrowthSite, hands: Crew, frame: Frame, step: journal.GrowthStep, done: set[str]) -> int:
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


def _put_back(site: GrowthSite, hands: Crew) -> int:
    return put_back(site.control, hands, lambda share, text: site.progress(_LOADED + share * (_BUILT - _LOADED), text))
