"""The database has no connection slot left: requests are refused, or wait for a pool that cannot grow."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from analysis.level.lost_throughput import errors_of_lost
from rampart.model import Evidence, Finding, Remedy

_CHURN = 0.2  # sessions begun per request from which nothing pools them [probes 14.6]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    used = case.utilisation("connections")
    if used is None or used < limits.CONNECTIONS_FULL:
        return None
    refused, stuck = _refused(case), _stuck(case)
    slots = case.readings.mean("db.connections.limit", *case.high[0].window) or 0.0
    evidence = [
        Evidence(
            f"{used:.0%} of the {slots:.0f} connections that Postgres may open are in use at the knee",
            used,
            f">= {limits.CONNECTIONS_FULL:.0%}",
            "readings-sessions db.connections.used / db.connections.limit",
        ),
        stuck if stuck is not None and stuck.holds else refused,
        *_churn(case),
    ]
    share = errors_of_lost(case) if refused.holds else 0.0
    if stuck is not None and stuck.holds:
        share = max(share, blame.share(blame.pool + blame.unexplained))
    remedy = Remedy(
        "Make the pools smaller, so that processes × pool stays below 80 % of the slots in a deployment too, or put "
        "PgBouncer in transaction mode in front of the database. A higher max_connections moves the queue into it."
    )
    return supported(
        "db-connections", "database", case, share, evidence, remedy, resource="connection slots of the database"
    )


def _refused(case: Case) -> Evidence:
    low, high = _error_ratio(case, low=True), _error_ratio(case, low=False)
    return Evidence(
        f"{high:.1%} of the requests fail at the knee, {low:.1%} at low load",
        high,
        f"> {limits.REFUSED:.0%} more than at low load: connections are refused",
        "requests outcome",
        holds=high - low > limits.REFUSED,
    )


def _error_ratio(case: Case, *, low: bool) -> float:
    points = case.low if low else case.high
    return sum(p.failed for p in points) / max(sum(p.requests for p in points), 1)


def _stuck(case: Case) -> Evidence | None:
    """Whether requests wait for pools that have not reached their own limit; None: pools are not read."""
    held, wanted, queued = (case.mean(f"pool.{name}", case.high) for name in ("size", "limit", "waiting"))
    if held is None or wanted is None or queued is None:
        return None
    return Evidence(
        f"{queued:.2g} requests wait for pools that hold {held:.0f} of the {wanted:.0f} connections that they may",
        held / wanted if wanted else 0.0,
        "pools below their own limit although requests wait: they get no more connections",
        "readings-app pool.waiting, pool.size / pool.limit",
        holds=queued >= 1 and held < 0.95 * wanted,
    )


def _churn(case: Case) -> list[Evidence]:
    opened, requests = case.total("db.sessions_opened", case.high), sum(p.requests for p in case.high)
    if not opened or opened < _CHURN * requests:
        return []
    return [
        Evidence(
            f"{opened / requests:.2g} sessions begin per request: something connects each time",
            opened / requests,
            f">= {_CHURN:g}: no pool",
            "readings-database db.sessions_opened",
        )
    ]


DETECTOR = Detector("db-connections", "database", "The database has no connection slots left.", _detect)
