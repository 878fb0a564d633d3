"""Transactions stay open while nothing is done in them: they hold connections, and locks that others wait for."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._held import of_hold, passed_on
from analysis.detectors._sign import Sign
from analysis.level import pooler
from analysis.level.level_data import LevelData
from analysis.level.lock_waits import LONG_IDLE_S, held_idle, idles_long, unbegun_ms, waits_for_locks
from analysis.network.server import OPEN, UNKNOWN, Relief
from analysis.stages.session_samples import IDLE, LOCK
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

IDLE_SHARE = Threshold(
    "IDLE_SHARE", 0.1, "of the connections in use, idle in a transaction", "judged: fewer are between two statements"
)
IDLE_AGE_S = Threshold(
    "IDLE_AGE_S", 5.0, "s that one session is idle in a transaction",
    "judged: for a load test; alerts in production begin at minutes",
)  # fmt: skip
# Of the whole database: by which role the application connects is not known.
_TIMEOUT = (
    "-- A safeguard only: it ends such sessions after ten seconds. The code must change all the same.\n"
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), "
    "'10s'); END $$;"
)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A statement that waits for a lock whose holder does nothing for longer than a round trip takes."""
    if not waits_for_locks(level, statement) or not held_idle(level):
        return None
    return [_head(level, f", most of all: {level.statement(statement)[:140]}")]


def _head(level: LevelData, whose: str = "") -> Evidence:
    idle = level.waits.root_idle_share()
    return Evidence(
        f"in {idle:.0%} of the lock queues the session at the head does nothing while "
        f"{level.waits.mean(LOCK):.2g} sessions wait{whose}",
        idle,
        f">= {thresholds.WAITS_MOSTLY:.0%}",
        "readings-locks db.lock_waiters, readings-sessions db.active",
    )


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    sessions = _sessions(level)
    locked = passed_on(level, attribution, *unbegun_ms(level)) if any(unbegun_ms(level)) and held_idle(level) else 0.0
    if sessions is None or level.waits.mean(IDLE) < thresholds.SESSIONS or not (claims or locked or sessions.holds):
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0), default=None)
    held = _held(level)
    pool = attribution.pool if held is not None and held.holds else 0.0
    if (pooler.idled(level) or 0.0) >= thresholds.WAITS_MOSTLY:  # they hold the pooler's connections too
        pool += attribution.spans.get("pooler", 0.0)
    share = attribution.share(max(pool, locked) + sum(attribution.statements.get(s, 0.0) for s in claims))
    head = [_head(level)] if locked else [sessions]
    evidence = [
        *(claims[worst] if worst is not None else head),
        _long(level),
        *([held] if held is not None and attribution.pool > 0 and not (claims or locked) else []),
    ]
    last = max(sorted(_last(level)), key=lambda s: _last(level)[s])
    remedy = Remedy(
        "End the transaction before anything that is not a statement (an outside call, rendering), read with "
        f"autocommit, and look for the code behind the last statement: {level.statement(last)[:140]}",
        _TIMEOUT,
    )
    return supported(
        "idle-in-transaction", "database", level, share, evidence, remedy,
        resource=f"transactions left open after: {level.statement(last)[:120]}", endpoint=level.endpoint_of(last),
    )  # fmt: skip


def _last(level: LevelData) -> dict[str, float]:
    """Sessions that idle in a transaction, by the last statement that they ran."""
    return {s: n for (s, doing), n in level.waits.sessions.items() if doing == IDLE}


def _sessions(level: LevelData) -> Evidence | None:
    used = level.mean(metrics.DB_CONNECTIONS_USED, level.high)
    if not used:
        return None
    idle = level.waits.mean(IDLE)
    share = idle / used
    oldest = max(level.readings.highest(metrics.DB_IDLE_IN_TRANSACTION_AGE_S, *p.window) or 0.0 for p in level.high)
    return Evidence(
        f"{idle:.2g} sessions ({share:.0%} of the connections) sit idle in a transaction at the knee, "
        f"the longest for {oldest:.2g} s",
        share,
        f">= {IDLE_SHARE:.0%} of the connections, or one for {IDLE_AGE_S:g} s",
        "readings-sessions db.active, db.idle_in_transaction_age_s",
        holds=share >= IDLE_SHARE or oldest >= IDLE_AGE_S,
    )


def _long(level: LevelData) -> Evidence:
    """Whether they idle for longer than a round trip, and not because a full processor lets them wait."""
    age, process = level.waits.idle_age_s, level.utilisation(resources.APP_PROCESS) or 0.0
    return Evidence(
        f"a session that idles in a transaction has mostly done so for {1000 * age:.0f} ms, and the busiest "
        f"application process uses {process:.0%} of a core",
        age,
        f">= {1000 * LONG_IDLE_S:g} ms, more than round trips take, and < {thresholds.SATURATED:.0%}",
        "readings-sessions db.idle_in_transaction_age_s, readings-processes process.cpu_s",
        holds=idles_long(level),
    )


def _held(level: LevelData) -> Evidence | None:
    """How much of the time that the pool's connections are held they idle in a transaction; None: not read."""
    idle = level.total(metrics.DB_IDLE_IN_TRANSACTION_MS, level.high)
    held = level.total(metrics.POOL_USAGE_MS, level.high)
    if idle is None or not held:
        return None
    return Evidence(
        f"{idle / held:.0%} of the time that the pool's connections are held they sit idle in a transaction",
        idle / held,
        f">= {thresholds.WAITS_MOSTLY:.0%}",
        "readings-database db.idle_in_transaction_ms / readings-app pool.usage_ms",
        holds=idle / held >= thresholds.WAITS_MOSTLY,
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Nothing is held by a transaction that does nothing, nor by who waits for its locks before a statement begins."""
    parts = {OPEN: 1.0}
    if held_idle(level):
        parts[UNKNOWN] = of_hold(level, unbegun_ms(level)[0])
    return Relief(parts, frozenset({resources.UNSEEN}))


DETECTOR = Detector(
    "idle-in-transaction", "database", "Open transactions sit idle and hold things.", _detect, _claim,
    thresholds=(
        IDLE_SHARE, IDLE_AGE_S, LONG_IDLE_S, thresholds.SATURATED,
        thresholds.WAITS_MOSTLY, thresholds.SESSIONS,
    ),
    relief=_relief,
    headline="transactions left open while idle",
    seen_by=("sessions",),
    claims_after=("stale-statistics",),
    signs=(Sign("per request", metrics.DB_IDLE_IN_TRANSACTION_MS, "time idle in transactions"),),
    awaited="database",
)  # fmt: skip
