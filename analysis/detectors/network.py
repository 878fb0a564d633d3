"""The way between the application and its database is long, and each statement of a request goes it."""

from __future__ import annotations

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._held import at_rest_ms, of_hold, passed_on
from analysis.detectors._sign import EXECUTIONS, Sign
from analysis.level.level_data import LevelData
from analysis.level.round_trips import RoundTrips, round_trips
from analysis.network.server import OPEN, UNKNOWN, Relief
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

ROUND_TRIP_MS = Threshold(
    "ROUND_TRIP_MS", 2.0, "ms, from a statement to its answer beyond what the database executes",
    "judged: within a data centre it is a tenth to one",
)  # fmt: skip
WAY_SHARE = Threshold(
    "WAY_SHARE",
    0.3,
    "of a request at low load, spent on the way to the database",
    "judged: people would notice it gone",
)


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    trips = round_trips(level)
    if trips is None or trips.each_ms < ROUND_TRIP_MS:
        return None
    share = attribution.share(passed_on(level, attribution, trips.way_ms, trips.way_ms))
    remedy = Remedy(
        f"Ask less often: a request waits for the way at least {trips.count:.1f} times. Fetch what belongs together in "
        "one statement (a join, IN, a batch, a pipeline), and do not begin a transaction for a single read. Or shorten "
        "the way: application and database in one zone, and no proxy between them that is not needed."
    )
    return supported(
        "network", "app", level, share, [_one(trips), _all(level, trips)], remedy,
        resource="way between application and database", endpoint=_most_often(level),
    )  # fmt: skip


def _one(trips: RoundTrips) -> Evidence:
    return Evidence(
        f"a statement's way to the database and back takes {trips.each_ms:.2g} ms beyond what the database executes",
        trips.each_ms,
        f">= {ROUND_TRIP_MS:g} ms",
        trips.source,
    )


def _all(level: LevelData, trips: RoundTrips) -> Evidence:
    low = at_rest_ms(level)
    part = min(trips.way_ms / low, 1.0) if low > 0 else 0.0
    return Evidence(
        f"a request sends {trips.count:.1f} statements, so at least {trips.way_ms:.3g} of the {low:.3g} ms that it "
        "takes at low load are the way; a worker and a connection are held for it",
        part,
        f">= {WAY_SHARE:.0%}",
        f"readings-statements db.statement.calls; {trips.source}",
        holds=part >= WAY_SHARE,
    )


def _most_often(level: LevelData) -> str | None:
    """The endpoint that sends most statements, by the profile."""
    return max(((row.calls, row.endpoint) for row in level.profile), default=(0.0, None))[1]


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Whoever holds a worker or a connection holds it no longer for the way.

    Of what a connection is held for beside execution, whether a transaction is open meanwhile or not.
    """
    trips = round_trips(level)
    gone = of_hold(level, trips.way_ms) if trips is not None else 0.0
    at = frozenset({resources.POOL, resources.POOLER, resources.UNSEEN})
    return Relief({UNKNOWN: gone, OPEN: gone}, frozenset({resources.UNSEEN}), at=at)


DETECTOR = Detector(
    "network", "app", "Each statement waits for a long way to the database.", _detect,
    thresholds=(ROUND_TRIP_MS, WAY_SHARE),
    relief=_relief,
    headline="the {resource}",
    signs=(EXECUTIONS, Sign("level", metrics.DB_ROUND_TRIP_MS, "the way to the database and back")),
)  # fmt: skip
