"""How much of each resource was used in a window, as a share of what there is, and what each queue did."""

from __future__ import annotations

import numpy as np

from analysis.record.readings import Floats, Readings


def utilisations(readings: Readings, start: float, end: float) -> dict[str, float]:
    """How much of each resource was used in a window, as a share of what there is; unread ones are absent."""
    seconds = end - start
    found = _host(readings, start, end)
    app = [g for s in readings.of("process.cpu_s", role="app") if (g := s.increase(start, end)) is not None]
    if app:
        found["busiest app process"] = max(app) / seconds
    generator = readings.increases("generator.cpu_s", "writer", start, end)
    if generator:
        found["generator process"] = max(generator.values()) / seconds
    busy = readings.increases("redis.busy_s", "server", start, end)
    found.update({f"redis {server}": used / seconds for server, used in busy.items()})
    places = {"pool": _pool, "pooler": _pooler, "connections": _connections, "workers": _workers}
    seen = {name: share(readings, start, end) for name, share in places.items()}
    return found | {name: share for name, share in seen.items() if share is not None}


def _host(readings: Readings, start: float, end: float) -> dict[str, float]:
    """The host's processors: all of them, by role, the database's own, those of strangers."""
    cores = readings.mean("host.cores", start, end) or 0.0
    if not cores:
        return {}
    found, seconds = dict[str, float](), end - start
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
    return found


def _connections(readings: Readings, start: float, end: float) -> float | None:
    """Sessions of the database at the most, over those that it allows."""
    used, slots = readings.highest("db.connections.used", start, end), readings.mean("db.connections.limit", start, end)
    return used / slots if used is not None and slots else None


def _workers(readings: Readings, start: float, end: float) -> float | None:
    """Workers of the queues that were busy, over those there are."""
    workers, working = readings.mean("queue.workers", start, end), readings.mean("queue.workers_busy", start, end)
    return working / workers if workers and working is not None else None


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
