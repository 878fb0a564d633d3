"""The database waits for its disk: what is asked for no longer fits into memory, or commits wait for the log."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from analysis.stages.session_samples import DISK, LOG
from rampart.model import Evidence, Finding, Remedy

_PAGE = 8192
_READS = (
    "Touch fewer pages per request first (indexes, narrower rows, partitions by time), then give the database the "
    "memory for what is asked for, and a faster disk last."
)
_COMMITS = (
    "Write several rows per transaction; synchronous_commit = off only for what may be lost; keep the log on a disk "
    "that flushes fast, and max_wal_size large enough that checkpoints come by time."
)


def _claim(case: Case, statement: str) -> Sequence[Evidence] | None:
    """A statement that mostly waits for reads, while the disk is really what holds the database up."""
    own = case.waits.share(DISK, statement)
    if own < limits.WAITS_MOSTLY or not _waiting(case).holds or not all(e.holds for e in _disk(case)):
        return None
    return [
        Evidence(
            f"in {own:.0%} of the instants that see this statement at work it waits for the disk: "
            f"{case.statement(statement)[:160]}",
            own,
            f">= {limits.WAITS_MOSTLY:.0%}",
            "readings-sessions db.active",
        )
    ]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    waiting = _waiting(case)
    if not waiting.holds:
        return None
    worst = max(claims, key=lambda s: blame.statements.get(s, 0.0), default=None)
    # A commit is no statement of pg_stat_statements: what requests wait for it is in no other part of the blame.
    commits = blame.share(min(max(_log_ms(case), 0.0), blame.app + blame.unexplained))
    share = min(blame.share(sum(blame.statements.get(s, 0.0) for s in claims)) + commits, 1.0)
    logs = case.waits.mean(LOG) > case.waits.mean(DISK)
    evidence = [waiting, *(claims[worst] if worst is not None else ()), *([] if logs else _disk(case))]
    return supported(
        "db-io", "database", case, share, evidence, Remedy(_COMMITS if logs else _READS),
        resource="write-ahead log of the database" if logs else "disk of the database",
        endpoint=case.endpoint_of(worst) if worst is not None else None,
    )  # fmt: skip


def _waiting(case: Case) -> Evidence:
    reads, logs = case.waits.share(DISK), case.waits.share(LOG)
    mean = case.waits.mean(DISK) + case.waits.mean(LOG)
    return Evidence(
        f"{reads:.0%} of the active sessions wait for the disk at the knee and {logs:.0%} for the log, "
        f"{mean:.2g} at any instant",
        reads + logs,
        f">= {limits.IO_SHARE:.0%}",
        "readings-sessions db.active",
        holds=reads + logs >= limits.IO_SHARE and mean >= limits.SESSIONS,
    )


def _disk(case: Case) -> list[Evidence]:
    """That reads really pass the buffers, and that the machine waits for them, where the database is on this one."""
    hit, read = (case.total(f"db.blocks_{kind}", case.high) for kind in ("hit", "read"))
    seconds = case.seconds[1]
    found = []
    if hit is not None and read is not None and hit + read > 0:
        rate, ratio = read * _PAGE / max(seconds, 1e-9), hit / (hit + read)
        requests = max(sum(p.requests for p in case.high), 1)
        found.append(
            Evidence(
                f"{read / requests:,.0f} pages a request ({rate / 1e6:,.3g} MB/s) are read past the buffers, which "
                f"hold {ratio:.1%} of what is asked for",
                rate,
                f">= {limits.READ_BYTES / 1e6:g} MB/s with a hit ratio < {limits.HIT_RATIO:.0%}",
                "readings-database db.blocks_read, db.blocks_hit",
                holds=rate >= limits.READ_BYTES and ratio < limits.HIT_RATIO,
            )
        )
    stalled = case.stalled("io")
    if stalled is not None and "db cpu" in (case.high[0].utilisation if case.high else {}):
        found.append(
            Evidence(
                f"some task waits for a disk {stalled:.0%} of the time",
                stalled,
                f">= {limits.PRESSURE:.0%}: the system's own cache does not answer the reads",
                "readings-host host.io_pressure_s",
                holds=stalled >= limits.PRESSURE,
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


def _log_ms(case: Case) -> float:
    """Waiting for the log that a request gained up to the knee, ms: sessions over throughput (Little's law)."""
    low, high = (w.mean(LOG) / max(case.rps(p), 1e-9) for w, p in ((case.waits_low, case.low), (case.waits, case.high)))
    return 1000 * (high - low)


DETECTOR = Detector("db-io", "database", "The database waits for its disk.", _detect, _claim)
