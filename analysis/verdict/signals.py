"""Signals that a target can be made to give, the cheapest first: what each tells, and how it is switched on.

A candidate is told from the others by a signal that was not read. What a gap of the run advises comes first, for it
knows the very setting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.detectors._found import every_detector
from analysis.level.level_data import LevelData
from rampart import metrics
from rampart.model import Counter, Gap, Gauge


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that can be read of a target."""

    name: str  # as detectors call it, which are seen by it
    codes: tuple[str, ...]  # what the codes of its gaps begin with
    ask: str  # what to do to have it read
    read: Callable[[LevelData], bool]

    @property
    def tells(self) -> list[str]:
        """The findings that are seen by it."""
        return [name for name, detector in every_detector().items() if self.name in detector.seen_by]


def _reads(*of: Counter | Gauge) -> Callable[[LevelData], bool]:
    return lambda level: any(level.readings.of(metric) for metric in of)


def _server_timing(level: LevelData) -> bool:
    stages = [p.index for p in (*level.low, *level.high)]
    return bool(level.requests.span_count[stages].any())


def _io_timed(level: LevelData) -> bool:
    """Whether reads have a time; where nothing was read past the buffers there is none to have."""
    points = (*level.low, *level.high)
    timed, read = (level.total(metric, points) for metric in (metrics.DB_IO_READ_MS, metrics.DB_BLOCKS_READ))
    return bool(timed) or read == 0


SIGNALS = (
    Signal(
        "track_io_timing", ("PG-NOIOTIME",),
        "Switch on track_io_timing (ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();).", _io_timed,
    ),
    Signal(
        "sessions", ("PG-NOACT", "PG-PRIV", "PG-CONN"),
        "Name the database in the target file (postgres), by a role with pg_monitor.", _reads(metrics.DB_ACTIVE),
    ),
    Signal(
        "processes", ("HOST-NONE",),
        "Name the target's processes in the target file ([[processes]]), and run Rampart beside them.",
        _reads(metrics.ROLE_CPU_S),
    ),
    Signal(
        "pool statistics", ("POOL-NONE",),
        "Let the application show the statistics of its pool (app_stats in the target file).",
        _reads(metrics.POOL_LIMIT),
    ),
    Signal(
        "Server-Timing", (),
        "Let the application send Server-Timing with its answers: the time in the database, in outside services and "
        "waiting for a connection.", _server_timing,
    ),
    Signal(
        "pg_stat_statements", ("PG-NOPGSS", "PG-PGSS"),
        "Switch on pg_stat_statements (shared_preload_libraries, and a restart of the database).",
        _reads(metrics.STATEMENT_EXEC_MS),
    ),
)  # fmt: skip


def missing(level: LevelData) -> list[Signal]:
    """Those that were not read at a level."""
    return [signal for signal in SIGNALS if not signal.read(level)]


def advice(signal: Signal, gaps: Sequence[Gap]) -> str:
    """How to have it read: by the gap that tells of it, else in general."""
    own = [gap.remedy for gap in gaps if gap.remedy and gap.code.startswith(signal.codes or ("\0",))]
    return own[0] if own else signal.ask
