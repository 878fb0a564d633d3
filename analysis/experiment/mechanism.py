"""What a remedy must do to the mechanism itself, by finding: which number, and how far it has to fall.

A knee that moves while this does not was moved by something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.tables import SPANS

HALF, THIRD_OFF = 0.5, 0.67  # mended over unmended, at most [judged: planted remedies are far below]


@dataclass(frozen=True, slots=True)
class Sign:
    """One number and its share that may be left. `{table}` and `{resource}` are the finding's."""

    kind: str  # "per request" (a counter), "statements" (a counter of the endpoint's own), "statement" (of the one that
    # is named), "level", "rises" (of a level, per request), "span", "growth", "failed", "busiest" (process)
    metric: str
    says: str
    most: float = HALF
    labels: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False  # once mended there is nothing to count, and no series


_DB_TIME = Sign("statements", "db.statement.exec_ms", "the database's time for the endpoint's statements", THIRD_OFF)
_CALLS = Sign("statements", "db.statement.calls", "executions of the endpoint's statements", THIRD_OFF)
_AWAITED = Sign("level", "outside.waiting", "connections that await the answer of an outside service")
_FAILED = Sign("failed", "", "requests that fail")
_APP_CPU = (
    Sign("per request", "role.cpu_s", "the application's processor time", THIRD_OFF, {"role": "app"}),
    Sign("busiest", "process.cpu_s", "the busiest application process", THIRD_OFF),
)

# Several rows for one finding: its remedy may work in more than one way, and one of them must be seen.
SIGNS: Mapping[str, Sequence[Sign]] = {
    "missing-index": (
        Sign("per request", "db.table.seq_rows", "rows of {table} read by full scans", labels={"table": "{table}"}),
    ),
    "n-plus-one": (_CALLS,),
    "slow-query": (_DB_TIME, _CALLS),
    "stale-statistics": (_DB_TIME,),
    "app-pool": (Sign("per request", "pool.wait_ms", "waiting for a connection"),),
    "pooler": (Sign("per request", "pooler.wait_ms", "waiting in the pooler"),),
    "db-connections": (_FAILED, Sign("per request", "pool.wait_ms", "waiting for a connection")),
    "lock-contention": (
        Sign("level", "db.sessions", "sessions that wait for locks", labels={"wait_type": "Lock"}),
        Sign("level", "db.lock_waiters", "sessions that wait for locks"),
    ),
    "idle-in-transaction": (Sign("per request", "db.idle_in_transaction_ms", "time idle in transactions"),),
    "db-io": (Sign("per request", "db.blocks_read", "pages read past shared buffers"),),
    "db-cpu": (Sign("per request", "role.cpu_s", "the database's processor time", THIRD_OFF, {"role": "db"}),),
    "primary-reads": (Sign("per request", "db.statement.exec_ms", "execution on the primary", THIRD_OFF),),
    "cache-missing": (_CALLS,),
    "cache-too-small": (Sign("per request", "redis.evicted", "evictions", labels={"server": "cache"}),),
    "cache-stampede": (Sign("statement", "db.statement.calls", "executions of what was computed many times at once"),),
    "cache-server": (Sign("per request", "redis.busy_s", "work of the cache's thread", labels={"server": "cache"}),),
    "http-cache-missing": (
        Sign(
            "per request",
            "generator.read",
            "answers of {resource} that nobody may keep",
            labels={"caching": "undeclared", "endpoint": "{resource}"},
            ends=True,
        ),
    ),
    "sync-work": (
        Sign("span", "{resource}", "{resource} within the request"),
        _AWAITED,
        _DB_TIME,
        _APP_CPU[0],
    ),
    "workers": (Sign("growth", "queue.ready", "growth of the queue"),),
    "queue-retries": (Sign("per request", "queue.retried", "jobs that fail or run again"),),
    "app-cpu": _APP_CPU,
    "noisy-tenant": _APP_CPU,
    "event-loop-blocked": (Sign("level", "loop.lag_ms", "delays of the event loop"),),
    "downstream": (
        Sign("span", "downstream", "outside services within the request"),
        _AWAITED,
    ),
    "memory": (
        Sign("rises", "role.rss_bytes", "growth of the application's memory", labels={"role": "app"}),
        Sign("level", "role.rss_bytes", "memory of the application", THIRD_OFF, {"role": "app"}),
    ),
    "rate-limited": (_FAILED,),
}


@dataclass(frozen=True, slots=True)
class ExperimentData:
    """All that was recorded of the experiment, and the statements that the finding is about."""

    requests: Requests
    readings: Readings
    statements: frozenset[str]  # ids of what the finding's endpoint sends; empty: not known, then all are counted
    named: frozenset[str]  # ids of the statement that the finding names


def resolved(sign: Sign, resource: str) -> Sign:
    """The sign with the finding's table and resource put in."""
    words = {"table": resource.split(" (")[0], "resource": resource}
    labels = {name: value.format(**words) for name, value in sign.labels.items()}
    return replace(sign, metric=sign.metric.format(**words), says=sign.says.format(**words), labels=labels)


def measure(sign: Sign, seen: ExperimentData, point: Point) -> float | None:
    """The number in one stage, per request where it is a counter; None where it was not read."""
    readings, window, per = seen.readings, point.window, 1.0 / max(point.requests, 1)
    if sign.kind == "failed":
        return point.error_ratio
    if sign.kind == "span":
        return _span(sign.metric, seen.requests, point)
    if sign.kind == "growth":
        return sum(max(queue["slope_per_s"], 0.0) for queue in point.queues.values()) if point.queues else None
    if sign.kind == "busiest":
        busiest = point.utilisation.get("busiest app process")
        return None if busiest is None else busiest * point.seconds * per
    if sign.kind == "level":
        # A series is read only while there is something to count.
        return (readings.mean(sign.metric, *window, **sign.labels) or 0.0) if readings.of(sign.metric) else None
    if sign.kind == "rises":
        steps = [np.diff(s.within(*window)) for s in readings.of(sign.metric, **sign.labels)]
        # Where a process was killed the level falls; what it rose by until then counts.
        return sum(float(step[step > 0].sum()) for step in steps) * per if any(map(len, steps)) else None
    if sign.kind in ("statement", "statements"):
        gains = readings.increases(sign.metric, "statement", *window)
        wanted = seen.named if sign.kind == "statement" else seen.statements or frozenset(gains)
        return sum(gain for key, gain in gains.items() if key in wanted) * per if gains else None
    gain = readings.increase(sign.metric, *window, **sign.labels)
    if gain is None and sign.ends and _ended(sign, readings, window):
        return 0.0
    return None if gain is None else gain * per


def _ended(sign: Sign, readings: Readings, window: tuple[float, float]) -> bool:
    """Whether a counter that was seen in other stages is not there, while others of its name are."""
    wanted = readings.of(sign.metric, **sign.labels)
    here = [s for s in readings.of(sign.metric) if len(s.within(*window))]
    return bool(wanted and here) and not any(len(s.within(*window)) for s in wanted)


def _span(name: str, requests: Requests, point: Point) -> float | None:
    """Milliseconds per request; None where the name is no span, or nobody ever sent it."""
    if name not in SPANS or not requests.span_count[:, :, SPANS.index(name)].any():
        return None
    return float(np.sum(requests.span_ms[point.index, :, SPANS.index(name)])) / max(point.requests, 1)
