"""The service-demand matrix: what one request of each endpoint costs, from the stages that sent it alone.

Every counter's increase in such a stage, divided by the requests of the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart import metrics
from rampart.model import Counter

_OFTEN = 0.5  # of what a task sends most: a log-in at its start is sent once


@dataclass(frozen=True, slots=True)
class EndpointDemand:
    """One request of one endpoint, sent alone at one user. None: not read."""

    endpoint: str
    task: str
    requests: int
    latency_ms: float
    statements: Mapping[str, float]  # calls per request, by statement id
    exec_ms: Mapping[str, float]  # server-side execution per request, by statement id
    app_cpu_ms: float | None
    cache_gets: float | None
    jobs: float | None
    outside_ms: float | None  # waiting for services that the target does not tell of

    @property
    def calls(self) -> float:
        return sum(self.statements.values())

    @property
    def db_ms(self) -> float:
        return sum(self.exec_ms.values())


def demands(points: Sequence[Point], requests: Requests, readings: Readings) -> list[EndpointDemand]:
    """One row for each profiled task that sent requests, named by the endpoint that is most its own."""
    rows: list[EndpointDemand] = []
    profiled = [point for point in points if point.stage.purpose == "profile" and point.requests and point.stage.task]
    sent = requests.count[[point.index for point in profiled]]
    for point, endpoint in zip(profiled, _own_endpoints(sent), strict=True):
        assert point.stage.task is not None
        start, end = point.window
        per = 1.0 / point.requests
        app = readings.increases(metrics.ROLE_CPU_S, "role", start, end).get("app")
        waiting = readings.mean(metrics.OUTSIDE_WAITING, start, end)
        gets = [readings.increase(m, start, end, server="cache") for m in (metrics.REDIS_HITS, metrics.REDIS_MISSES)]
        rows.append(
            EndpointDemand(
                requests.endpoints[endpoint],
                point.stage.task,
                point.requests,
                point.mean_ms,
                _per_request(readings, metrics.STATEMENT_CALLS, start, end, per),
                _per_request(readings, metrics.STATEMENT_EXEC_MS, start, end, per),
                None if app is None else 1000 * app * per,
                None if gets[0] is None and gets[1] is None else sum(g or 0.0 for g in gets) * per,
                _jobs(readings, start, end, per),
                None if waiting is None else 1000 * waiting * point.seconds * per,
            )
        )
    return rows


def _own_endpoints(sent: NDArray[np.integer[Any]]) -> list[int]:
    """For each task the endpoint that names it, from the requests that were sent, as (task, endpoint).

    Many tasks fetch a list first and then what they are about: both are sent equally often, and only the second tells
    one task from another. So of what a task sends about as often as anything, that counts which others send least.
    """
    if not sent.size:
        return []
    share = sent / np.maximum(sent.sum(axis=0), 1)  # of all that was sent to the endpoint
    often = sent >= _OFTEN * sent.max(axis=1, keepdims=True)
    best = np.where(often, np.round(share, 1), -1.0)
    return [int(np.lexsort((-sent[task], -best[task]))[0]) for task in range(len(sent))]


def _per_request(readings: Readings, metric: Counter, start: float, end: float, per: float) -> dict[str, float]:
    gains = readings.increases(metric, "statement", start, end)
    return {statement: gain * per for statement, gain in gains.items() if gain > 0}


def _jobs(readings: Readings, start: float, end: float, per: float) -> float | None:
    done = readings.increase(metrics.QUEUE_COMPLETED, start, end)
    if done is None:
        return None
    ready = [v[-1] - v[0] for s in readings.of(metrics.QUEUE_READY) if len(v := s.within(start, end))]
    return max(done + float(sum(ready)), 0.0) * per


def app_ms_per_statement(rows: Sequence[EndpointDemand]) -> float:
    """Application time that one more statement costs, ms: the slope of latency outside the database on calls.

    Least squares over the endpoints; 0 when it cannot be told (too few endpoints, or all alike).
    """
    usable = [(row.calls, row.app_cpu_ms) for row in rows if row.app_cpu_ms is not None]
    if len(usable) < 3 or np.ptp([calls for calls, _ in usable]) < 3:
        return 0.0
    calls, cost = np.array(usable, float).T
    slope = np.polyfit(calls, cost, 1)[0]
    return max(float(slope), 0.0)
