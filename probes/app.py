"""Do requests wait for a database connection of the application's pool, or for its event loop?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from probes._probe import Probe, Unavailable
from rampart import metrics
from rampart.config import Target
from rampart.masking import masked
from rampart.model import JSON, Counter, Gap, Gauge, Metric, Reading, Role

_LOST = ("app-pool", "event-loop-blocked")
_REMEDY = (
    "Serve psycopg_pool's get_stats() as JSON from a thread of the application, and name the URL as `app_stats`"
    " in the target file (docs/probes.md shows how)."
)
_TIMEOUT_S = 0.5


# Field of psycopg_pool's get_stats(), which leaves counters out until they first count.
_POOL: Mapping[str, Metric] = {
    "pool_size": metrics.POOL_SIZE,
    "pool_max": metrics.POOL_LIMIT,
    "pool_available": Gauge(
        "pool.available", "pool", Role.UTILISATION, "1", "connections that nobody uses", ("process",)
    ),
    "requests_waiting": metrics.POOL_WAITING,
    "requests_num": metrics.POOL_REQUESTS,
    "requests_queued": Counter(
        "pool.queued", "pool", Role.SATURATION, "1", "acquisitions that had to wait", ("process",)
    ),
    "requests_errors": Counter("pool.errors", "pool", Role.ERRORS, "1", "acquisitions that failed", ("process",)),
    "requests_wait_ms": metrics.POOL_WAIT_MS,
    "usage_ms": metrics.POOL_USAGE_MS,
}
_PROCESS = {"loop_lag_ms": metrics.LOOP_LAG_MS, "in_flight": metrics.APP_IN_FLIGHT}


def processes(stats: Any) -> list[Mapping[str, Any]]:
    """The processes in what the application serves; ValueError where it is neither of the two shapes.

    Either `{"processes": [{"pid", "pool": {...}, "loop_lag_ms", "in_flight"}]}`, each part optional, or the plain
    dictionary of one pool, which becomes the process "app".
    """
    if isinstance(stats, dict) and isinstance(stats.get("processes"), list):
        return list(stats["processes"])
    if isinstance(stats, dict) and "pool_size" in stats:
        return [{"pid": "app", "pool": stats}]
    raise ValueError('expected {"processes": [...]} or the get_stats() of a psycopg_pool')


def of_process(process: Mapping[str, Any]) -> Iterable[Reading]:
    """The readings of one process."""
    labels = {"process": str(process.get("pid", "app"))}
    pool: Mapping[str, Any] = process.get("pool") or {}
    for field, metric in _POOL.items() if pool else ():
        if field in pool or isinstance(metric, Counter):
            yield Reading(metric, float(pool.get(field, 0)), labels)
    for field, metric in _PROCESS.items():
        if process.get(field) is not None:
            yield Reading(metric, float(process[field]), labels)


class _App:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def fetch(self) -> list[Mapping[str, Any]]:
        """What the application serves now; httpx.HTTPError or ValueError."""
        answer = self._client.get(self._url)
        answer.raise_for_status()
        return processes(answer.json())

    def read(self) -> Iterable[Reading]:
        return [reading for process in self.fetch() for reading in of_process(process)]

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        self._client.close()


def connect(target: Target) -> _App:
    if target.app_stats is None:
        raise Unavailable(Gap("POOL-NONE", "the application shows no statistics of its pool", _LOST, _REMEDY))
    reader = _App(target.app_stats)
    try:
        reader.fetch()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        reader.close()
        reason = f"{masked(target.app_stats)} gives no statistics: {masked(str(error))}"
        raise Unavailable(Gap("POOL-NONE", reason, _LOST, _REMEDY)) from error
    return reader


PROBE = Probe(
    "app", "The application's connection pool and event loop.", 1.0, (*_POOL.values(), *_PROCESS.values()), connect
)
