"""Operating points: a stage boiled down to throughput, latency, errors, utilisations and the demand of each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis import thresholds as limits
from analysis.flow import lasting
from analysis.knee import StageWindows
from analysis.readings import Floats, Readings
from analysis.requests import WINDOWS, Requests
from analysis.think import shared, spread
from rampart.model import JSON, Stage
from rampart.runs import SPANS


@dataclass(frozen=True, slots=True)
class Point:
    """One stage. Latencies and demands in ms; `index` is its place among the recorded stages."""

    stage: Stage
    index: int
    requests: int
    failed: int
    mean_ms: float
    throughput_rps: float  # of requests that succeeded
    utilisation: dict[str, float] = field(default_factory=dict)  # 0 to 1, by resource
    queues: dict[str, dict[str, float]] = field(default_factory=dict)
    think_s: float | None = None  # think time per request, as the generator gave it; None: not recorded
    think_sd: float | None = None  # the standard deviation of one request's, see analysis/think.py
    why_invalid: str | None = None
    lasting: float = 1.0  # the share of the throughput that will last, see analysis/flow.py
    at_most: float = 1.0  # how much higher it could have been without the hypervisor, see analysis/stolen.py

    @property
    def users(self) -> int:
        return self.stage.users

    @property
    def seconds(self) -> float:
        return self.stage.ended_at - self.stage.steady_at

    @property
    def error_ratio(self) -> float:
        return self.failed / self.requests if self.requests else 0.0

    @property
    def lasting_rps(self) -> float:
        return self.throughput_rps * self.lasting

    @property
    def window(self) -> tuple[float, float]:
        return self.stage.steady_at, self.stage.ended_at


def operating_points(requests: Requests, readings: Readings) -> list[Point]:
    """One point for each recorded stage, profile stages included, in the order in which they ran."""
    return [_point(index, stage, requests, readings) for index, stage in enumerate(requests.stages)]


def _point(index: int, stage: Stage, requests: Requests, readings: Readings) -> Point:
    start, end = stage.steady_at, stage.ended_at
    seconds = max(end - start, 1e-9)
    any_rows = requests.count.shape[0] > 0
    count = int(requests.count[index].sum()) if any_rows else 0
    failed = int(requests.failed[index].sum()) if any_rows else 0
    mean = float(requests.latency_ms[index].sum() / count) if count else 0.0
    if not end > start:  # a clock that went backwards, or is no number: nothing was measured in it
        return Point(stage, index, count, failed, mean, 0.0)
    thought = readings.increase("generator.think_s", start, end)
    return Point(
        stage, index, count, failed, mean, (count - failed) / seconds,
        utilisations(readings, start, end), queues(readings, start, end),
        thought / count if thought is not None and count else None,
        spread(requests, index, readings, start, end) if thought is not None else None,
        lasting=lasting(requests, index),
    )  # fmt: skip


def utilisations(readings: Readings, start: float, end: float) -> dict[str, float]:
    """How much of each resource was used in a window, as a share of what there is; unread ones are absent."""
    seconds, found = end - start, dict[str, float]()
    cores = readings.mean("host.cores", start, end) or 0.0
    if cores:
        for name, metric in (("host cpu", "host.cpu_busy_s"), ("stolen cpu", "host.cpu_steal_s")):
            if (used := readings.increase(metric, start, end)) is not None:
                found[name] = used / seconds / cores
        roles = readings.increases("role.cpu_s", "role", start, end)
        found.update({f"{role} cpu": used / seconds / cores for role, used in roles.items()})
        own = readings.mean("role.cores", start, end, role="db")
        if own and own < cores and "db" in roles:
            found["db processor"] = roles["db"] / seconds / own
        # Where nothing of the target is known to run here, whoever is busy may be the target: nobody is a stranger.
        if "host cpu" in found and set(roles) - {"generator", "conductor"}:
            found["strangers cpu"] = max(found["host cpu"] - sum(roles.values()) / seconds / cores, 0.0)
    app = [g for s in readings.of("process.cpu_s", role="app") if (g := s.increase(start, end)) is not None]
    if app:
        found["busiest app process"] = max(app) / seconds
    generator = readings.increases("generator.cpu_s", "writer", start, end)
    if generator:
        found["generator process"] = max(generator.values()) / seconds
    if (pool := _pool(readings, start, end)) is not None:
        found["pool"] = pool
    if (pooler := _pooler(readings, start, end)) is not None:
        found["pooler"] = pooler
    busy = readings.increases("redis.busy_s", "server", start, end)
    found.update({f"redis {server}": used / seconds for server, used in busy.items()})
    used_slots, slots = (
        readings.highest("db.connections.used", start, end),
        readings.mean("db.connections.limit", start, end),
    )
    if used_slots is not None and slots:
        found["connections"] = used_slots / slots
    workers, working = readings.mean("queue.workers", start, end), readings.mean("queue.workers_busy", start, end)
    if workers and working is not None:
        found["workers"] = working / workers
    return found


def _pool(readings: Readings, start: float, end: float) -> float | None:
    """Connection-seconds held over connection-seconds there are."""
    held, size = readings.increase("pool.usage_ms", start, end), readings.mean("pool.limit", start, end)
    return held / 1000 / (end - start) / size if held is not None and size else None


def _pooler(readings: Readings, start: float, end: float) -> float | None:
    """Of the pooler's fullest pool: server connections taken over those that it may hold."""
    found = [
        _taken(series.within(start, end), readings.looks("pooler.clients_waiting", start, end, **series.labels), size)
        for series in readings.of("pooler.servers_active")
        if len(series.within(start, end)) and (size := readings.mean("pooler.size", start, end, **series.labels))
    ]
    return max(found, default=None)


def _taken(active: Floats, waiting: Floats, size: float) -> float:
    """The share that is taken on the mean, of connections of which most are; while a client waits, all of them.

    What is being made ready for the next client nobody can have. Where few are taken, clients wait for something else.
    """
    share = active / size
    if share.mean() >= 0.5 and len(waiting) == len(active):
        share = np.where(waiting >= 1, 1.0, share)
    return float(share.mean())


def queues(readings: Readings, start: float, end: float) -> dict[str, dict[str, float]]:
    """By queue: jobs ready at the end, growth per second, completions per second, age of the oldest."""
    found: dict[str, dict[str, float]] = {}
    for series in readings.of("queue.ready"):
        ready, name = series.within(start, end), series.labels.get("queue", "")
        if len(ready) < 2:
            continue
        at = series.at[(series.at >= start) & (series.at <= end)]
        done = readings.increase("queue.completed", start, end, queue=name)
        found[name] = {
            "ready": float(ready[-1]),
            "slope_per_s": float(np.polyfit(at - start, ready, 1)[0]) if np.ptp(at) > 0 else 0.0,
            "completed_per_s": done / (end - start) if done is not None else float("nan"),
            "oldest_age_s": readings.highest("queue.oldest_age_s", start, end, queue=name) or 0.0,
        }
    return found


def steady_think(points: Sequence[Point]) -> float | None:
    """The think time per request in seconds that all stages share; None where stages differ (paced users think less
    when answers are slow) or where it was not recorded."""
    think = [p.think_s for p in points if p.think_s is not None and p.requests]
    if not think or len(think) < len(points):
        return None
    return shared(think, [p.requests for p in points], [p.think_sd for p in points if p.think_sd is not None])


def windows(point: Point, requests: Requests, think_s: float | None = None) -> StageWindows:
    """The throughput of a stage's measuring windows, shape (WINDOWS,), for the knee.

    With the think time known it is N/(R+Z), by the interactive response time law: counting completions adds the noise
    of when people happened to click, which in a short stage hides the bend. Where requests are stuck, they are counted;
    where some kind of them still piles up, what will last of that; where the hypervisor took a part, the most that the
    stage could have done without it.
    """
    ok = requests.window_ok[point.index].astype(float)
    latency = requests.window_latency_ms[point.index] / 1000
    means = np.divide(latency, ok, out=np.full(WINDOWS, np.nan), where=ok > 0)
    rates = ok / (point.seconds / WINDOWS)
    if point.lasting < 1.0:
        rates = rates * point.lasting
    elif think_s is not None and not stuck(point, think_s):
        rates = np.where(ok > 0, point.users / (means + think_s) * (1 - point.error_ratio), rates)
    return StageWindows(float(point.users), rates * point.at_most, means)


def as_json(point: Point, requests: Requests) -> JSON:
    """A point as verdict.json shows it."""
    p50, p95_, p99 = (requests.quantile(point.index, q) if point.requests else None for q in (0.5, 0.95, 0.99))
    p95 = requests.quantile_interval(point.index, 0.95) if point.requests else None
    spans = requests.span_ms[point.index].sum(0) / point.requests if point.requests else np.zeros(len(SPANS))
    return {
        "tenants": point.stage.tenants,
        "stage": point.stage.index,
        "users": point.users,
        "purpose": point.stage.purpose,
        "seconds": point.seconds,
        "requests": point.requests,
        "throughput_rps": point.throughput_rps,
        "lasting_rps": point.lasting_rps,
        "unstolen_rps": point.lasting_rps * point.at_most if point.at_most > 1.0 else None,
        "latency_ms": {
            "mean": point.mean_ms, "p50": p50, "p95": p95_, "p99": p99,
            "p95_low": p95[0] if p95 else None, "p95_high": p95[1] if p95 else None,
        },
        "response_ms": _response(point, requests),
        "error_ratio": point.error_ratio,
        "valid": point.why_invalid is None,
        "why_invalid": point.why_invalid,
        "utilisation": point.utilisation,
        "spans_ms": {span: float(value) for span, value in zip(SPANS, spans, strict=True) if value > 0},
        "queues": point.queues,
    }  # fmt: skip


def _response(point: Point, requests: Requests) -> JSON:
    """Quantiles from when requests were due, beside those from when they were sent: what was held back has waited."""
    told = {f"p{q}": requests.response_quantile(point.index, q / 100) if point.requests else None for q in (50, 95, 99)}
    low, high = (requests.response_interval(point.index, 0.95) if point.requests else None) or (None, None)
    return {**told, "p95_low": low, "p95_high": high}


def little_error(point: Point, think_s: float) -> float:
    """(X(R+Z) - N) / N of a closed load: far above 0, more was sent than the users can have sent, so a count is wrong.

    Far below 0, requests are stuck in the target: that is a finding, not a fault.

    Z is what the generator gave in this very stage where it was recorded, else `think_s`.
    """
    think_s = point.think_s if point.think_s is not None else think_s
    if not point.requests:
        return 1.0
    rate = point.requests / point.seconds
    return (rate * (point.mean_ms / 1000 + think_s) - point.users) / max(point.users, 1)


def stuck(point: Point, think_s: float) -> bool:
    """Whether fewer requests ended than the users could have sent: some wait longer than the stage has lasted so far.

    Their latency is not in the mean yet, so N/(R+Z) would flatter the target.
    """
    expected = point.users / (point.mean_ms / 1000 + think_s)
    seen = point.requests / max(point.seconds, 1e-9)
    noise = 3 / float(max(point.requests, 1)) ** 0.5
    return bool(seen < expected * (1 - limits.STUCK - noise))


def enough(point: Point) -> bool:
    """Whether a stage has requests enough to say anything."""
    return point.requests >= limits.MIN_REQUESTS
