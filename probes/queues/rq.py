"""How long do RQ's queues grow, how old is what waits, and are the workers busy?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from probes._probe import NotConfigured, Probe
from probes._redis import Command, Server, open_server
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Gauge, Reading, Role

_LOST = ("workers", "sync-work", "queue-retries")
_PREFIX = "rq:"

# In the order in which a queue is read.
METRICS = (
    metrics.QUEUE_READY,
    Gauge("queue.in_flight", "queue", Role.UTILISATION, "1", "jobs that run", ("queue",)),
    metrics.QUEUE_FAILED,
    Gauge("queue.scheduled", "queue", Role.INFO, "1", "jobs for later", ("queue",)),
    metrics.QUEUE_OLDEST_AGE_S,
    metrics.QUEUE_WORKERS,
    metrics.QUEUE_WORKERS_BUSY,
    metrics.QUEUE_COMPLETED,
    metrics.QUEUE_RETRIED,
    metrics.QUEUE_WORKING_S,
)
_TALLIES = ("successful_job_count", "failed_job_count", "total_working_time")
_WORKER = ("state", "death", "queues", *_TALLIES)


class Tally:
    """Counters that outlive the workers that kept them: what a worker did stays counted when its key is gone."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Sequence[float]] | None = None
        self.total = [0.0, 0.0, 0.0]

    def add(self, workers: Mapping[bytes, Sequence[float]]) -> None:
        """Add what each worker did since it was last seen; workers that were there first add their past, once."""
        seen = self._seen or {}
        for worker, now in workers.items():
            before = seen.get(worker, (0.0, 0.0, 0.0))
            for place, (new, old) in enumerate(zip(now, before, strict=True)):
                self.total[place] += new - old if new >= old else new
        self._seen = {**seen, **workers}


class _RqQueue:
    def __init__(self, name: str, others: frozenset[str], server: Server) -> None:
        self._name, self._others, self._server = name, others, server
        self._tally = Tally()
        self._workers: set[bytes] = set()

    def read(self) -> Iterable[Reading]:
        name = self._name
        depth, in_flight, failed, scheduled, head, members = self._server.lookups(
            ("LLEN", f"{_PREFIX}queue:{name}"),
            ("ZCARD", f"{_PREFIX}wip:{name}"),
            ("ZCARD", f"{_PREFIX}failed:{name}"),
            ("ZCARD", f"{_PREFIX}scheduled:{name}"),
            ("LINDEX", f"{_PREFIX}queue:{name}", 0),
            ("SMEMBERS", f"{_PREFIX}workers:{name}"),
        )
        keys = sorted(self._workers | members)  # a worker that has signed off is readable for another minute
        asked: list[Command] = [("HMGET", key, *_WORKER) for key in keys]
        if head is not None:
            asked.append(("HGET", f"{_PREFIX}job:{head.decode()}", "enqueued_at"))
        answers = self._server.lookups(*asked) if asked else []
        values = [depth, in_flight, failed, scheduled]
        if head is None:
            values.append(0.0)
        else:
            values.append(age_s(answers[-1]))
        workers = dict(zip(keys, answers[: len(keys)], strict=True))
        values += self._work(workers)
        for metric, value in zip(METRICS, values, strict=True):
            if value is not None:
                yield Reading(metric, value, {"queue": name})

    def _work(self, workers: Mapping[bytes, Sequence[Any]]) -> list[float]:
        self._workers = {key for key, fields in workers.items() if fields[2] is not None}
        alive = [fields for fields in workers.values() if fields[0] is not None and fields[1] is None]
        busy = sum(fields[0] == b"busy" for fields in alive)
        counts = {key: _numbers(fields) for key, fields in workers.items() if self._ours(fields)}
        self._tally.add(counts)
        return [len(alive), busy, *self._tally.total]

    def _ours(self, fields: Sequence[Any]) -> bool:
        """A worker counts its jobs for all its queues together; they are entered with the first that we watch."""
        if fields[2] is None:
            return False
        watched = [queue for queue in fields[2].decode().split(",") if queue in self._others]
        return watched[:1] == [self._name]


def _numbers(fields: Sequence[Any]) -> list[float]:
    return [float(value or 0) for value in fields[-len(_TALLIES) :]]


def age_s(enqueued_at: bytes | None) -> float | None:
    """Seconds since an RQ time stamp by this machine's clock; None where the job has gone meanwhile."""
    if enqueued_at is None:
        return None
    stamp = datetime.fromisoformat(enqueued_at.decode())
    return max(time.time() - (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp(), 0.0)


class _Rq:
    def __init__(self, servers: list[Server], queues: list[_RqQueue]) -> None:
        self._servers, self._queues = servers, queues

    def read(self) -> Iterable[Reading]:
        for queue in self._queues:
            yield from queue.read()

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        for server in self._servers:
            server.close()


def connect(target: Target) -> _Rq:
    configured = [queue for queue in target.queues if queue.kind == "rq"]
    if not configured:
        raise NotConfigured("the target names no RQ queue")
    servers = {queue.url: open_server(f"queue {queue.name}", queue.url, _LOST) for queue in configured}
    queues = [
        _RqQueue(queue.name, frozenset(q.name for q in configured if q.url == queue.url), servers[queue.url])
        for queue in configured
    ]
    return _Rq(list(servers.values()), queues)


PROBE = Probe("rq", "RQ queues: depth, age, workers and what they did.", 1.0, METRICS, connect)
