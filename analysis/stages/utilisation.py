"""How much of each resource was used in a window, as a share of what there is."""

from __future__ import annotations

import numpy as np

from analysis.record.readings import Floats, Readings
from rampart import metrics, resources
from rampart.resources import ResourceName

_PROCESSOR = {resources.HOST_CPU: metrics.HOST_CPU_BUSY_S, resources.STOLEN_CPU: metrics.HOST_CPU_STEAL_S}


def utilisations(readings: Readings, start: float, end: float) -> dict[ResourceName, float]:
    """How much of each resource was used in a window, as a share of what there is; unread ones are absent."""
    seconds = end - start
    found = _host(readings, start, end)
    if (application := _application(readings, start, end)) is not None:
        found[resources.APP_PROCESS] = application
    generator = readings.increases(metrics.GENERATOR_CPU_S, "writer", start, end)
    if generator:
        found[resources.GENERATOR_PROCESS] = max(generator.values()) / seconds
    busy = readings.increases(metrics.REDIS_BUSY_S, "server", start, end)
    found.update({resources.redis_of(server): used / seconds for server, used in busy.items()})
    places = {
        resources.POOL: _pool,
        resources.POOLER: _pooler,
        resources.CONNECTIONS: _connections,
        resources.WORKERS: _workers,
    }
    seen = {name: share(readings, start, end) for name, share in places.items()}
    return found | {name: share for name, share in seen.items() if share is not None}


def _host(readings: Readings, start: float, end: float) -> dict[ResourceName, float]:
    """The host's processors: all of them, by role, the database's own, those of strangers."""
    cores = readings.mean(metrics.HOST_CORES, start, end) or 0.0
    if not cores:
        return {}
    found, seconds = dict[ResourceName, float](), end - start
    for name, metric in _PROCESSOR.items():
        if (used := readings.increase(metric, start, end)) is not None:
            found[name] = used / seconds / cores
    roles = readings.increases(metrics.ROLE_CPU_S, "role", start, end)
    found.update({resources.cpu_of(role): used / seconds / cores for role, used in roles.items()})
    own = readings.mean(metrics.ROLE_CORES, start, end, role="db")
    if own and own < cores and "db" in roles:
        found[resources.DB_PROCESSOR] = roles["db"] / seconds / own
    # Where nothing of the target is known to run here, whoever is busy may be the target: nobody is a stranger.
    if resources.HOST_CPU in found and set(roles) - {"generator", "conductor"}:
        found[resources.STRANGERS_CPU] = max(found[resources.HOST_CPU] - sum(roles.values()) / seconds / cores, 0.0)
    return found


def _application(readings: Readings, start: float, end: float) -> float | None:
    """Of the busiest process its core, or of all together the cores that they may use, whichever is fuller.

    A control group may leave an application less than one core, or several processes less than one each.
    """
    processes = [g for s in readings.of(metrics.PROCESS_CPU_S, role="app") if (g := s.increase(start, end)) is not None]
    if not processes:
        return None
    own = readings.mean(metrics.ROLE_CORES, start, end, role="app")
    if own and own < (readings.mean(metrics.HOST_CORES, start, end) or 0.0):
        together = readings.increases(metrics.ROLE_CPU_S, "role", start, end).get("app", sum(processes))
        return max(max(processes), together / own) / (end - start)
    return max(processes) / (end - start)


def _connections(readings: Readings, start: float, end: float) -> float | None:
    """Sessions of the database at the most, over those that it allows."""
    used = readings.highest(metrics.DB_CONNECTIONS_USED, start, end)
    slots = readings.mean(metrics.DB_CONNECTIONS_LIMIT, start, end)
    return used / slots if used is not None and slots else None


def _workers(readings: Readings, start: float, end: float) -> float | None:
    """Workers of the queues that were busy, over those there are."""
    workers = readings.mean(metrics.QUEUE_WORKERS, start, end)
    working = readings.mean(metrics.QUEUE_WORKERS_BUSY, start, end)
    return working / workers if workers and working is not None else None


def _pool(readings: Readings, start: float, end: float) -> float | None:
    """Connection-seconds held over connection-seconds there are."""
    held, size = readings.increase(metrics.POOL_USAGE_MS, start, end), readings.mean(metrics.POOL_LIMIT, start, end)
    return held / 1000 / (end - start) / size if held is not None and size else None


def _pooler(readings: Readings, start: float, end: float) -> float | None:
    """Of the pooler's fullest pool: server connections taken over those that it may hold."""
    waiting = metrics.POOLER_CLIENTS_WAITING
    found = [
        _taken(series.within(start, end), readings.looks(waiting, start, end, **series.labels), size)
        for series in readings.of(metrics.POOLER_SERVERS_ACTIVE)
        if len(series.within(start, end)) and (size := readings.mean(metrics.POOLER_SIZE, start, end, **series.labels))
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
