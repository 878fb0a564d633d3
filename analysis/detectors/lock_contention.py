"""Transactions wait for one another on the same rows or tables while their holders work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._held import of_hold, passed_on
from analysis.detectors._relief import as_quick_as_usual
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.level.lock_waits import held_idle, unbegun_ms, waits_for_locks
from analysis.network.server import UNKNOWN, Relief
from analysis.stages.session_samples import LOCK
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

# What to do, by what is waited for: the wait events of Postgres that mean a row, a table, or the program's own lock.
_ADVICE = {
    "row": "Commit sooner, touch rows in one order, and take the hot row out of the way: append rows and sum them up "
    "later, spread a counter over several rows, take jobs with FOR UPDATE SKIP LOCKED.",
    "relation": "Something locks the whole table: give migrations a lock_timeout and repeat them, build indexes "
    "CONCURRENTLY, and lock no table by hand.",
    "advisory": "The program's own lock (pg_advisory_lock) serialises requests: hold it for less, or lock finer.",
    "extend": "Many sessions append to one table at once: insert in batches, or partition the table.",
}
_ROW = ("transactionid", "tuple")


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    if not waits_for_locks(level, statement):
        return None
    share = level.waits.share(LOCK, statement)
    return [
        Evidence(
            f"in {share:.0%} of the instants that see this statement at work it waits for a lock: "
            f"{level.statement(statement)[:160]}",
            share,
            f">= {thresholds.WAITS_MOSTLY:.0%}",
            "readings-sessions db.active",
        )
    ]


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    waits = level.waits
    its = any(unbegun_ms(level)) and not held_idle(level)
    direct = passed_on(level, attribution, *unbegun_ms(level)) if its else 0.0
    if not claims and not direct:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0), default=None)
    evidence = [
        Evidence(
            f"{waits.share(LOCK):.0%} of the active sessions wait for locks at the knee "
            f"({level.waits_low.share(LOCK):.0%} at low load), {waits.mean(LOCK):.2g} at any instant",
            waits.share(LOCK),
            f">= {thresholds.LOCK_SHARE:.0%}",
            "readings-sessions db.active",
            holds=waits.share(LOCK) >= thresholds.LOCK_SHARE and waits.mean(LOCK) >= thresholds.SESSIONS,
        ),
        *(claims[worst] if worst is not None else ()),
        *_held_for_long(level),
        *_root(level),
        *_deadlocks(level),
    ]
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims) + direct)
    table = next((t for t, _ in _roots(level) if t not in ("", "unknown")), None)
    return supported(
        "lock-contention", "database", level, share, evidence, Remedy(_ADVICE[_kind(level)]),
        resource=table or (level.statement(worst)[:120] if worst is not None else "locks of the database"),
        endpoint=level.endpoint_of(worst) if worst is not None else None,
    )  # fmt: skip


def _roots(level: LevelData) -> list[tuple[str, str]]:
    """Tables and statements at the head of lock queues, those with most waiters first."""
    roots = level.waits.lock_roots
    return sorted((key for key in roots if key != ("", "")), key=lambda key: (-roots[key], key))


def _root(level: LevelData) -> list[Evidence]:
    if not _roots(level):
        return []
    table, blocker = _roots(level)[0]
    waiting = level.waits.lock_roots[table, blocker]
    said = level.statement(blocker)[:160] if blocker != "unknown" else "a statement that could not be seen"
    return [
        Evidence(
            f"on average {waiting:.2g} sessions stand in the queue for {table}, and at its head is: {said}",
            waiting,
            "the statement whose transaction has to end sooner",
            "readings-locks db.lock_waiters",
        )
    ]


def _held_for_long(level: LevelData) -> list[Evidence]:
    """A holder that waits for a full processor of its own application holds its locks for as long."""
    process = level.utilisation(resources.APP_PROCESS)
    if process is None:
        return []
    return [
        Evidence(
            f"the busiest application process uses {process:.0%} of a core",
            process,
            f"< {thresholds.SATURATED:.0%}: locks are not held longer for want of a processor",
            "readings-processes process.cpu_s",
            holds=process < thresholds.SATURATED,
        )
    ]


def _deadlocks(level: LevelData) -> list[Evidence]:
    count = level.total(metrics.DB_DEADLOCKS, (*level.low, *level.high)) or 0.0
    if count < 1:
        return []
    return [
        Evidence(
            f"{count:.0f} deadlocks in the compared stages", count, "0", "readings-database db.deadlocks"
        )
    ]  # fmt: skip


def _kind(level: LevelData) -> str:
    """Which advice fits what is waited for most."""
    kinds: dict[str, float] = {}
    for wait, count in level.waits.lock_kinds.items():
        kind = "row" if wait in _ROW or wait not in _ADVICE else wait
        kinds[kind] = kinds.get(kind, 0.0) + count
    return max(sorted(kinds), key=lambda kind: kinds[kind], default="row")


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:
    """The claimed statements are as quick as others, and nobody holds anything while a statement waits to begin."""
    usual = as_quick_as_usual(resources.UNSEEN)(level, attribution, claims)
    waited, _ = unbegun_ms(level)
    return replace(usual, parts={**usual.parts, UNKNOWN: of_hold(level, waited)})


DETECTOR = Detector(
    "lock-contention", "database", "Transactions wait for one another's locks.", _detect, _claim,
    thresholds=(thresholds.SATURATED, thresholds.LOCK_SHARE, thresholds.WAITS_MOSTLY, thresholds.SESSIONS),
    relief=_relief,
    headline="locks that transactions wait for ({resource})",
    seen_by=("sessions",),
    claims_after=("idle-in-transaction",),
    signs=(
        Sign("level", metrics.DB_SESSIONS, "sessions that wait for locks", labels={"wait_type": "Lock"}),
        Sign("level", metrics.DB_LOCK_WAITERS, "sessions that wait for locks"),
    ),
    awaited="database",
)  # fmt: skip
