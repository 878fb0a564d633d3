"""Requests wait for a connection while those that hold one do something else than talk to the database."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._relief import lifts
from analysis.detectors._room import BEHIND_CONNECTIONS, full_behind
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.level.lock_waits import unbegun
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    used = level.utilisation(resources.POOL)
    if used is None or attribution.hold_ms is None or attribution.pool <= 0:
        return None
    size = sum(s.value[-1] for s in level.readings.of(metrics.POOL_LIMIT)) or 0.0
    low, high = attribution.hold_ms
    inside = min((attribution.hold_in_database or 0.0) + _waiting_to_begin(level), 1.0)
    evidence = [
        Evidence(
            f"the pool's {size:.0f} connections are held {used:.0%} of the time at the knee",
            used,
            f">= {thresholds.POOL_SATURATED:.0%}",
            "readings-app pool.usage_ms / pool.limit",
            holds=used >= thresholds.POOL_SATURATED,
        ),
        Evidence(
            f"only {inside:.0%} of the time that a connection is held is the database at work on a statement",
            inside,
            f"< {thresholds.HOLD_IS_DATABASE:.0%}: something else holds it",
            "readings-statements db.statement.exec_ms, readings-sessions db.active / readings-app pool.usage_ms",
            holds=inside < thresholds.HOLD_IS_DATABASE,
        ),
        Evidence(
            f"a connection is held {span(low, high, 'ms')}: load does not lengthen the hold, so the pool is the limit",
            high / low if low else float("nan"),
            f"< {thresholds.HOLD_INFLATED:g} times as long at the knee",
            "readings-app pool.usage_ms / pool.requests",
            holds=high < thresholds.HOLD_INFLATED * low,
        ),
    ]
    remedy = Remedy(
        "Take a connection only around the statements and give it back before calling anything else (outside "
        f"services, rendering); {_sizing(level, attribution, limit=all(e.holds for e in evidence))}"
    )
    return supported(
        "app-pool", "database", level, attribution.share(attribution.pool), evidence, remedy,
        resource=f"application connection pool ({size:.0f})", endpoint=_holder(level),
    )  # fmt: skip


def _waiting_to_begin(level: LevelData) -> float:
    """The share of that time in which a statement waits for a lock before it begins."""
    held = level.total(metrics.POOL_USAGE_MS, level.high)
    return unbegun(level, level.waits, level.high) * level.seconds[1] * 1000 / held if held else 0.0


def _sizing(level: LevelData, attribution: Attribution, *, limit: bool) -> str:
    if full := full_behind(attribution, *BEHIND_CONNECTIONS):
        return f"a larger pool would only move the queue, for {full} is full."
    if not limit:
        return "a larger pool alone would not help, for something else lengthens what they are held for."
    return f"then size the pool by throughput × hold time, as things are about {_needed(level):.0f} connections."


def _needed(level: LevelData) -> float:
    """Connections that the highest load tried would hold, with half as many again to spare."""
    held, requests = level.total(metrics.POOL_USAGE_MS, level.high), sum(p.requests for p in level.high)
    top = max((p.users for p in level.points), default=0)
    per_user = max((p.throughput_rps / p.users for p in level.low if p.users), default=0.0)
    return 1.5 * top * per_user * held / requests / 1000 if held and requests else 0.0


def _holder(level: LevelData) -> str | None:
    """The endpoint that spends most time outside the database beside its own processor time, by the profile."""
    rows = [(r.latency_ms - r.db_ms - (r.app_cpu_ms or 0.0), r.endpoint) for r in level.profile]
    return max(rows, default=(0.0, None))[1]


DETECTOR = Detector(
    "app-pool", "database", "Connections are held across other work and run out.", _detect,
    thresholds=(thresholds.POOL_SATURATED, thresholds.HOLD_IS_DATABASE, thresholds.HOLD_INFLATED),
    relief=lifts(resources.POOL),
    headline="the {resource}",
    parts=("pool",),
    seen_by=("pool statistics", "Server-Timing"),
    saturates=(resources.POOL,),
    signs=(Sign("per request", metrics.POOL_WAIT_MS, "waiting for a connection"),),
    limits={resources.POOL: 0.93},  # measured: a connection that is returned waits for its next holder
    awaited="database",
)  # fmt: skip
