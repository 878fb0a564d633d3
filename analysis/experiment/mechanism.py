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
from rampart import metrics, resources
from rampart.model import Counter, Gauge, Metric
from rampart.tables import SPANS

HALF, THIRD_OFF = 0.5, 0.67  # mended over unmended, at most. Judged: planted remedies are far below


@dataclass(frozen=True, slots=True)
class Sign:
    """One number and its share that may be left. `{table}` and `{resource}` are the finding's."""

    kind: str  # "per request" (a counter), "statements" (a counter of the endpoint's own), "statement" (of the one that
    # is named), "level", "rises" (of a level, per request), "span", "growth", "failed", "busiest" (process)
    metric: Metric | None  # None of a span, and of what fails
    says: str
    most: float = HALF
    labels: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False  # once mended there is nothing to count, and no series
    span: str = ""

    @property
    def source(self) -> str:
        """The metric or the span by name."""
        return self.span if self.metric is None else self.metric.name


_DB_TIME = Sign("statements", metrics.STATEMENT_EXEC_MS, "the database's time for the endpoint's statements", THIRD_OFF)
_CALLS = Sign("statements", metrics.STATEMENT_CALLS, "executions of the endpoint's statements", THIRD_OFF)
_AWAITED = Sign("level", metrics.OUTSIDE_WAITING, "connections that await the answer of an outside service")
_FAILED = Sign("failed", None, "requests that fail")
_APP_CPU = (
    Sign("per request", metrics.ROLE_CPU_S, "the application's processor time", THIRD_OFF, {"role": "app"}),
    Sign("busiest", metrics.PROCESS_CPU_S, "the busiest application process", THIRD_OFF),
)

# Several rows for one finding: its remedy may work in more than one way, and one of them must be seen.
SIGNS: Mapping[str, Sequence[Sign]] = {
    "missing-index": (
        Sign("per request", metrics.TABLE_SEQ_ROWS, "rows of {table} read by full scans", labels={"table": "{table}"}),
    ),
    "n-plus-one": (_CALLS,),
    "slow-query": (_DB_TIME, _CALLS),
    "stale-statistics": (_DB_TIME,),
    "app-pool": (Sign("per request", metrics.POOL_WAIT_MS, "waiting for a connection"),),
    "pooler": (Sign("per request", metrics.POOLER_WAIT_MS, "waiting in the pooler"),),
    "db-connections": (_FAILED, Sign("per request", metrics.POOL_WAIT_MS, "waiting for a connection")),
    "lock-contention": (
        Sign("level", metrics.DB_SESSIONS, "sessions that wait for locks", labels={"wait_type": "Lock"}),
        Sign("level", metrics.DB_LOCK_WAITERS, "sessions that wait for locks"),
    ),
    "idle-in-transaction": (Sign("per request", metrics.DB_IDLE_IN_TRANSACTION_MS, "time idle in transactions"),),
    "db-io": (Sign("per request", metrics.DB_BLOCKS_READ, "pages read past shared buffers"),),
    "db-cpu": (Sign("per request", metrics.ROLE_CPU_S, "the database's processor time", THIRD_OFF, {"role": "db"}),),
    "primary-reads": (Sign("per request", metrics.STATEMENT_EXEC_MS, "execution on the primary", THIRD_OFF),),
    "cache-missing": (_CALLS,),
    "cache-too-small": (Sign("per request", metrics.REDIS_EVICTED, "evictions", labels={"server": "cache"}),),
    "cache-stampede": (
        Sign("statement", metrics.STATEMENT_CALLS, "executions of what was computed many times at once"),
    ),
    "cache-server": (
        Sign("per request", metrics.REDIS_BUSY_S, "work of the cache's thread", labels={"server": "cache"}),
    ),
    "http-cache-missing": (
        Sign(
            "per request",
            metrics.GENERATOR_READ,
            "answers of {resource} that nobody may keep",
            labels={"caching": "undeclared", "endpoint": "{resource}"},
            ends=True,
        ),
    ),
    "sync-work": (
        Sign("span", None, "{resource} within the request", span="{resource}"),
        _AWAITED,
        _DB_TIME,
        _APP_CPU[0],
    ),
    "workers": (Sign("growth", metrics.QUEUE_READY, "growth of the queue"),),
    "queue-retries": (Sign("per request", metrics.QUEUE_RETRIED, "jobs that fail or run again"),),
    "app-cpu": _APP_CPU,
    "noisy-tenant": _APP_CPU,
    "event-loop-blocked": (Sign("level", metrics.LOOP_LAG_MS, "delays of the event loop"),),
    "downstream": (
        Sign("span", None, "outside services within the request", span="downstream"),
        _AWAITED,
    ),
    "memory": (
        Sign("rises", metrics.ROLE_RSS_BYTES, "growth of the application's memory", labels={"role": "app"}),
        Sign("level", metrics.ROLE_RSS_BYTES, "memory of the application", THIRD_OFF, {"role": "app"}),
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
    return replace(sign, span=sign.span.format(**words), says=sign.says.format(**words), labels=labels)


def measure(sign: Sign, seen: ExperimentData, point: Point) -> float | None:
    """The number in one stage, per request where it is a counter; None where it was not read."""
    readings, window, per = seen.readings, point.window, 1.0 / max(point.requests, 1)
    if sign.kind == "failed":
        return point.error_ratio
    if sign.kind == "span":
        return _span(sign.span, seen.requests, point)
    if sign.kind == "growth":
        return sum(max(queue["slope_per_s"], 0.0) for queue in point.queues.values()) if point.queues else None
    if sign.kind == "busiest":
        busiest = point.utilisation.get(resources.APP_PROCESS)
        return None if busiest is None else busiest * point.seconds * per
    if isinstance(sign.metric, Gauge):
        return _of_gauge(sign, sign.metric, readings, window, per)
    return _of_counter(sign, sign.metric, seen, window, per) if isinstance(sign.metric, Counter) else None


def _of_gauge(sign: Sign, gauge: Gauge, readings: Readings, window: tuple[float, float], per: float) -> float | None:
    if sign.kind == "level":
        # A series is read only while there is something to count.
        return (readings.mean(gauge, *window, **sign.labels) or 0.0) if readings.of(gauge) else None
    steps = [np.diff(s.within(*window)) for s in readings.of(gauge, **sign.labels)]
    # Where a process was killed the level falls; what it rose by until then counts.
    return sum(float(step[step > 0].sum()) for step in steps) * per if any(map(len, steps)) else None


def _of_counter(
    sign: Sign, counter: Counter, seen: ExperimentData, window: tuple[float, float], per: float
) -> float | None:
    if sign.kind in ("statement", "statements"):
        gains = seen.readings.increases(counter, "statement", *window)
        wanted = seen.named if sign.kind == "statement" else seen.statements or frozenset(gains)
        return sum(gain for key, gain in gains.items() if key in wanted) * per if gains else None
    gain = seen.readings.increase(counter, *window, **sign.labels)
    if gain is None and sign.ends and _ended(sign, counter, seen.readings, window):
        return 0.0
    return None if gain is None else gain * per


def _ended(sign: Sign, counter: Counter, readings: Readings, window: tuple[float, float]) -> bool:
    """Whether a counter that was seen in other stages is not there, while others of its name are."""
    wanted = readings.of(counter, **sign.labels)
    here = [s for s in readings.of(counter) if len(s.within(*window))]
    return bool(wanted and here) and not any(len(s.within(*window)) for s in wanted)


def _span(name: str, requests: Requests, point: Point) -> float | None:
    """Milliseconds per request; None where the name is no span, or nobody ever sent it."""
    if name not in SPANS or not requests.span_count[:, :, SPANS.index(name)].any():
        return None
    return float(np.sum(requests.span_ms[point.index, :, SPANS.index(name)])) / max(point.requests, 1)
