"""The primary is full of reads while a replica, which could answer them, idles."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._sign import THIRD_OFF, Sign
from analysis.level.level_data import LevelData
from analysis.level.replica import seen
from analysis.network.server import Relief, part_of
from analysis.record.sql_text import only_reads
from analysis.stages.session_samples import LOCK
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

SLOW_READ_MS = Threshold(
    "SLOW_READ_MS", 50.0, "ms, mean execution time of a read at low load",
    "judged: a slower one is made cheaper first; on slow cores a read took 20 where reads in general were too "
    "many",
)  # fmt: skip
READS_MOSTLY = Threshold(
    "READS_MOSTLY", 0.8, "of the primary's execution time, in reads",
    "judged: from here on a replica is worth its price",
)  # fmt: skip
REPLICA_IDLE = Threshold(
    "REPLICA_IDLE", 0.1, "of the rows that both servers read, read by the replica", "judged: it idles"
)

_REMEDY = (
    "Let reads that may be a second old (lists, reports, dashboards, search) go to the replica, in turns with the "
    "primary where both have the same size, and keep on the primary what a user reads right after writing it. Watch "
    "the replica's lag from the first day."
)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A read on a primary that is full of reads, beside a replica that does nothing."""
    if not only_reads(level.statement(statement)) or (level.call_ms(statement) or 0.0) >= SLOW_READ_MS:
        return None
    rows = (_full(level), _mostly_reads(level), _idle(level), _locks(level))
    found = [row for row in rows if row is not None and row.holds]
    return found if len(found) == len(rows) else None


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: (attribution.statements.get(s, 0.0), s))
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    return supported(
        "primary-reads", "database", level, share, claims[worst], Remedy(_REMEDY),
        resource="processor of the primary", endpoint=level.endpoint_of(worst),
    )  # fmt: skip


def _full(level: LevelData) -> Evidence | None:
    """The primary's processor: the cores that are its own, or the whole host where the replica is on another."""
    own, host = level.utilisation(resources.DB_PROCESSOR), level.utilisation(resources.HOST_CPU)
    used = level.utilisation(resources.DB_CPU)
    if own is not None:
        return Evidence(
            f"at the knee the primary's own cores are {own:.0%} busy",
            own,
            f">= {thresholds.SATURATED:.0%}",
            "readings-processes role.cpu_s / role.cores",
            holds=own >= thresholds.SATURATED,
        )
    if host is None or used is None or level.utilisation(resources.REPLICA_CPU) is not None:
        return None  # on the same cores a replica takes what it gives
    return Evidence(
        f"at the knee the primary's host is {host:.0%} busy, {used:.0%} of it with the database",
        host,
        f">= {thresholds.HOST_SATURATED:.0%}",
        "readings-host host.cpu_busy_s, readings-processes role.cpu_s",
        holds=host >= thresholds.HOST_SATURATED and used >= READS_MOSTLY * host,
    )


def _mostly_reads(level: LevelData) -> Evidence | None:
    _, spent = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    total = sum(spent.values())
    if total <= 0:
        return None
    share = sum(ms for statement, ms in spent.items() if only_reads(level.statement(statement))) / total
    return Evidence(
        f"{share:.0%} of the primary's execution time goes to statements that only read",
        share,
        f">= {READS_MOSTLY:.0%}",
        "readings-statements db.statement.exec_ms",
        holds=share >= READS_MOSTLY,
    )


def _idle(level: LevelData) -> Evidence | None:
    replica = seen(level, level.high)
    if replica is None or replica.share is None or replica.active is None:
        return None
    return Evidence(
        f"its replica answers {replica.share:.1%} of what is read, {replica.active:.2g} sessions are at work on it, "
        f"and it is {replica.lag_s:.2g} s behind",
        replica.share,
        f"<= {REPLICA_IDLE:.0%}, and less than {thresholds.LAG_NOTED_S:g} s behind",
        "readings-replication replica.rows_read, replica.active, replica.lag_s",
        holds=replica.share <= REPLICA_IDLE
        and replica.active < thresholds.SESSIONS
        and replica.lag_s < thresholds.LAG_NOTED_S,
    )


def _locks(level: LevelData) -> Evidence:
    share = level.waits.share(LOCK)
    return Evidence(
        f"{share:.0%} of the primary's active sessions wait for locks",
        share,
        f"< {thresholds.LOCK_SHARE:.0%}",
        "readings-sessions db.active",
        holds=share < thresholds.LOCK_SHARE,
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """In turns, the primary and its replica do half of the reads each; a host that both share is not relieved."""
    apart = level.utilisation(resources.REPLICA_CPU) is None
    at = (resources.DB_PROCESSOR, *((resources.HOST_CPU,) if apart else ()))
    return Relief({part_of(s): 1 / 2 for s in claims}, at=frozenset(at))


DETECTOR = Detector(
    "primary-reads", "database", "Reads fill the primary while a replica idles.", _detect, _claim,
    thresholds=(
        SLOW_READ_MS, READS_MOSTLY, REPLICA_IDLE, thresholds.SATURATED, thresholds.HOST_SATURATED,
        thresholds.LAG_NOTED_S, thresholds.SESSIONS, thresholds.LOCK_SHARE,
    ),
    relief=_relief,
    headline="reads that fill the primary while its replica idles",
    claims_after=("db-io",),
    signs=(Sign("per request", metrics.STATEMENT_EXEC_MS, "execution on the primary", THIRD_OFF),),
    needs=(Needs.SQL,),
)  # fmt: skip
