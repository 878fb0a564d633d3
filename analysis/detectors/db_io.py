"""The database waits for its disk: what is asked for no longer fits into memory, or commits wait for the log."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._relief import as_quick_as_usual
from analysis.detectors._sign import Sign
from analysis.level.level_data import PAGE_BYTES, LevelData
from analysis.stages.session_samples import DISK, LOG
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

IO_SHARE = Threshold(
    "IO_SHARE", 0.1, "of the active sessions, which wait for the disk",
    "as in alerts on waiting for the disk (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip
READ_BYTES = Threshold(
    "READ_BYTES", 10_000_000, "bytes a second, read past shared buffers", "judged: a disk does not notice less"
)
HIT_RATIO = Threshold(
    "HIT_RATIO", 0.98, "of the blocks asked for, found in shared buffers",
    "the alert of the exporter (docs/sources.md#postgres_exporter)",
)  # fmt: skip

_READS = (
    "Touch fewer pages per request first (indexes, narrower rows, partitions by time), then give the database the "
    "memory for what is asked for, and a faster disk last."
)
_COMMITS = (
    "Write several rows per transaction; synchronous_commit = off only for what may be lost; keep the log on a disk "
    "that flushes fast, and max_wal_size large enough that checkpoints come by time."
)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A statement that mostly waits for reads, while the disk is really what holds the database up."""
    own = level.waits.share(DISK, statement)
    if own < thresholds.WAITS_MOSTLY or not _waiting(level).holds or not all(e.holds for e in _disk(level)):
        return None
    return [
        Evidence(
            f"in {own:.0%} of the instants that see this statement at work it waits for the disk: "
            f"{level.statement(statement)[:160]}",
            own,
            f">= {thresholds.WAITS_MOSTLY:.0%}",
            "readings-sessions db.active",
        )
    ]


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    waiting = _waiting(level)
    if not waiting.holds:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0), default=None)
    # A commit is no statement of pg_stat_statements: what requests wait for it is in no other part of the blame.
    commits = attribution.share(min(max(_log_ms(level), 0.0), attribution.app + attribution.unexplained))
    share = min(attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims)) + commits, 1.0)
    logs = level.waits.mean(LOG) > level.waits.mean(DISK)
    evidence = [waiting, *(claims[worst] if worst is not None else ()), *([] if logs else _disk(level))]
    return supported(
        "db-io", "database", level, share, evidence, Remedy(_COMMITS if logs else _READS),
        resource="write-ahead log of the database" if logs else "disk of the database",
        endpoint=level.endpoint_of(worst) if worst is not None else None,
    )  # fmt: skip


def _waiting(level: LevelData) -> Evidence:
    reads, logs = level.waits.share(DISK), level.waits.share(LOG)
    mean = level.waits.mean(DISK) + level.waits.mean(LOG)
    return Evidence(
        f"{reads:.0%} of the active sessions wait for the disk at the knee and {logs:.0%} for the log, "
        f"{mean:.2g} at any instant",
        reads + logs,
        f">= {IO_SHARE:.0%}",
        "readings-sessions db.active",
        holds=reads + logs >= IO_SHARE and mean >= thresholds.SESSIONS,
    )


def _disk(level: LevelData) -> list[Evidence]:
    """That reads really pass the buffers, and that the machine waits for them, where the database is on this one."""
    hit, read = (level.total(metric, level.high) for metric in (metrics.DB_BLOCKS_HIT, metrics.DB_BLOCKS_READ))
    seconds = level.seconds[1]
    found = []
    if hit is not None and read is not None and hit + read > 0:
        rate, ratio = read * PAGE_BYTES / max(seconds, 1e-9), hit / (hit + read)
        requests = max(sum(p.requests for p in level.high), 1)
        found.append(
            Evidence(
                f"{read / requests:,.0f} pages a request ({rate / 1e6:,.3g} MB/s) are read past the buffers, which "
                f"hold {ratio:.1%} of what is asked for",
                rate,
                f">= {READ_BYTES / 1e6:g} MB/s with a hit ratio < {HIT_RATIO:.0%}",
                "readings-database db.blocks_read, db.blocks_hit",
                holds=rate >= READ_BYTES and ratio < HIT_RATIO,
            )
        )
    stalled = level.stalled(metrics.HOST_IO_PRESSURE_S)
    if stalled is not None and resources.DB_CPU in (level.high[0].utilisation if level.high else {}):
        found.append(
            Evidence(
                f"some task waits for a disk {stalled:.0%} of the time",
                stalled,
                f">= {thresholds.PRESSURE:.0%}: the system's own cache does not answer the reads",
                "readings-host host.io_pressure_s",
                holds=stalled >= thresholds.PRESSURE,
            )
        )
    return found or [_unread()]


def _unread() -> Evidence:
    return Evidence(
        "neither pages read nor waiting for the disk were recorded",
        0.0,
        "one of the two",
        "readings-database, readings-host",
        holds=False,
    )


def _log_ms(level: LevelData) -> float:
    """Waiting for the log that a request gained up to the knee, ms: sessions over throughput (Little's law)."""
    low, high = (
        w.mean(LOG) / max(level.rps(p), 1e-9) for w, p in ((level.waits_low, level.low), (level.waits, level.high))
    )
    return 1000 * (high - low)


DETECTOR = Detector(
    "db-io", "database", "The database waits for its disk.", _detect, _claim,
    thresholds=(IO_SHARE, READ_BYTES, HIT_RATIO, thresholds.PRESSURE, thresholds.WAITS_MOSTLY, thresholds.SESSIONS),
    relief=as_quick_as_usual(resources.UNSEEN),
    headline="the database's disk",
    seen_by=("track_io_timing",),
    claims_after=("cache-missing",),
    signs=(Sign("per request", metrics.DB_BLOCKS_READ, "pages read past shared buffers"),),
    awaited="database",
)  # fmt: skip
