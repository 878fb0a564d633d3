"""The database has no connection slot left: requests are refused, or wait for a pool that cannot grow."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, supported
from analysis.detectors._relief import lifts
from analysis.detectors._sign import FAILED, Sign
from analysis.level.level_data import LevelData
from analysis.level.lost_throughput import errors_of_lost
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

REFUSED = Threshold("REFUSED", 0.01, "of the requests, in errors that come with the load", "judged: fewer are chance")
CHURN = Threshold("CHURN", 0.2, "sessions begun per request", "judged: from here on nothing pools them")


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    used = level.utilisation(resources.CONNECTIONS)
    if used is None or used < thresholds.CONNECTIONS_FULL:
        return None
    refused, stuck = _refused(level), _stuck(level)
    slots = level.readings.mean(metrics.DB_CONNECTIONS_LIMIT, *level.high[0].window) or 0.0
    evidence = [
        Evidence(
            f"{used:.0%} of the {slots:.0f} connections that Postgres may open are in use at the knee",
            used,
            f">= {thresholds.CONNECTIONS_FULL:.0%}",
            "readings-sessions db.connections.used / db.connections.limit",
        ),
        stuck if stuck is not None and stuck.holds else refused,
        *_churn(level),
    ]
    share = errors_of_lost(level) if refused.holds else 0.0
    if stuck is not None and stuck.holds:
        share = max(share, attribution.share(attribution.pool + attribution.unexplained))
    remedy = Remedy(
        "Make the pools smaller, so that processes × pool stays below 80 % of the slots in a deployment too, or put "
        "PgBouncer in transaction mode in front of the database. A higher max_connections moves the queue into it."
    )
    return supported(
        "db-connections", "database", level, share, evidence, remedy, resource="connection slots of the database"
    )


def _refused(level: LevelData) -> Evidence:
    low, high = _error_ratio(level, low=True), _error_ratio(level, low=False)
    return Evidence(
        f"{high:.1%} of the requests fail at the knee, {low:.1%} at low load",
        high,
        f"> {REFUSED:.0%} more than at low load: connections are refused",
        "requests outcome",
        holds=high - low > REFUSED,
    )


def _error_ratio(level: LevelData, *, low: bool) -> float:
    points = level.low if low else level.high
    return sum(p.failed for p in points) / max(sum(p.requests for p in points), 1)


def _stuck(level: LevelData) -> Evidence | None:
    """Whether requests wait for pools that have not reached their own limit; None: pools are not read."""
    of_pool = (metrics.POOL_SIZE, metrics.POOL_LIMIT, metrics.POOL_WAITING)
    held, wanted, queued = (level.mean(metric, level.high) for metric in of_pool)
    if held is None or wanted is None or queued is None:
        return None
    return Evidence(
        f"{queued:.2g} requests wait for pools that hold {held:.0f} of the {wanted:.0f} connections that they may",
        held / wanted if wanted else 0.0,
        "pools below their own limit although requests wait: they get no more connections",
        "readings-app pool.waiting, pool.size / pool.limit",
        holds=queued >= 1 and held < 0.95 * wanted,
    )


def _churn(level: LevelData) -> list[Evidence]:
    opened, requests = level.total(metrics.DB_SESSIONS_OPENED, level.high), sum(p.requests for p in level.high)
    if not opened or opened < CHURN * requests:
        return []
    return [
        Evidence(
            f"{opened / requests:.2g} sessions begin per request: something connects each time",
            opened / requests,
            f">= {CHURN:g}: no pool",
            "readings-database db.sessions_opened",
        )
    ]


DETECTOR = Detector(
    "db-connections", "database", "The database has no connection slots left.", _detect,
    thresholds=(REFUSED, CHURN, thresholds.CONNECTIONS_FULL),
    relief=lifts(resources.CONNECTIONS, resources.POOL, resources.UNSEEN),
    headline="the database's connection slots",
    measures=Measures.ERRORS,
    saturates=(resources.CONNECTIONS,),
    signs=(FAILED, Sign("per request", metrics.POOL_WAIT_MS, "waiting for a connection")),
    limits={resources.CONNECTIONS: 1.0},
    awaited="database",
)  # fmt: skip
