"""A pool before a server that is nearly full: what mending either could bring tells which is the limit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.attribution.application_cpu import computes
from analysis.attribution.nested_pool import limit_behind
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.model import Stage
from rampart.resources import APP_PROCESS as PROCESS
from rampart.resources import HOST_CPU as HOST
from rampart.tables import READINGS, SPANS

LOW, HIGH = Stage(0, 100, 10, "coarse", 0.0, 0.0, 10.0), Stage(1, 100, 100, "coarse", 20.0, 20.0, 30.0)
POOL = 3
RATES = {LOW: 10.0, HIGH: 40.0}  # requests/s: at the knee a request takes 3 / 40 s = 75 ms of a connection


def level(
    *, used: float, held: tuple[float, float] = (50.0, 70.0), executed: float = 5.0, waits: float = 200.0,
    server: str = PROCESS, spans: tuple[dict[str, float], dict[str, float]] = ({}, {}), pooler: bool = False,
    limit: int = POOL, slots: float = 0.5,
) -> LevelData:  # fmt: skip
    """`used`: of the server at the knee; times in ms per request, (at low load, at the knee); `waits` at the knee;
    `pooler`: the connections are those of a pooler, and the application has no pool; `limit`: what its pool may hold
    of which it has `POOL`; `slots`: of the database's, how many are taken."""
    counts = np.array([[RATES[stage] * 10] for stage in (LOW, HIGH)])
    waited = {LOW: 0.0, HIGH: waits}
    latency = np.array([[50.0], [waits + held[1] + 5.0]])  # 5 ms without a connection
    times = np.array([[[at.get(name, 0.0) for name in SPANS]] for at in spans])
    sent = np.array([[[float(name in spans[1]) for name in SPANS]]] * 2)
    requests = Requests(
        [LOW, HIGH], ["GET /a"], count=counts, latency_ms=latency * counts, span_ms=times * counts[..., None],
        span_count=sent * counts[..., None],
    )  # fmt: skip
    grows = {"pool.usage_ms": dict(zip((LOW, HIGH), held, strict=True)), "pool.wait_ms": waited,
             "db.statement.exec_ms": {LOW: executed, HIGH: executed}}  # fmt: skip
    seconds = np.arange(0.0, 31.0)
    batches = [batch("pool.limit", seconds, np.full(len(seconds), float(limit)))]
    batches.append(batch("pool.size", seconds, np.full(len(seconds), float(POOL))))
    if pooler:
        batches = [batch("pooler.size", seconds, np.full(len(seconds), float(POOL)))]
        batches.append(batch("pooler.clients_waiting", seconds, np.full(len(seconds), waits * RATES[HIGH] / 1000)))
        taken = np.where(seconds <= LOW.ended_at, held[0] * RATES[LOW], held[1] * RATES[HIGH]) / 1000
        batches.append(batch("pooler.servers_active", seconds, taken))
        grows = {"pooler.wait_ms": waited, "db.statement.exec_ms": grows["db.statement.exec_ms"]}
    for metric, per_request in grows.items():
        per_s = sum(
            RATES[stage] * per_request[stage] * ((seconds > stage.started_at) & (seconds <= stage.ended_at))
            for stage in (LOW, HIGH)
        )
        batches.append(batch(metric, seconds, np.cumsum(per_s)))
    points = [
        Point(stage, i, int(counts[i, 0]), 0, float(latency[i, 0]), RATES[stage], {server: busy, "connections": slots})
        for i, (stage, busy) in enumerate(((LOW, 0.3 * used), (HIGH, used)))
    ]
    knee = KneeEstimate(60.0, 50.0, 70.0, None, 40.0, 0.5)
    return LevelData(100, points, points[:1], points[1:], knee, {}, [], requests, Readings(batches), {}, 500.0)


def batch(metric: str, at: np.ndarray, values: np.ndarray) -> pa.RecordBatch:  # type: ignore[type-arg]
    labels = '{"statement": "7"}' if metric.startswith("db.statement") else "{}"
    texts = [pa.array([word] * len(at)).dictionary_encode() for word in (metric, labels)]
    return pa.RecordBatch.from_arrays([pa.array(at), texts[0], pa.array(values), texts[1]], schema=READINGS)


def test_a_process_that_keeps_connections_is_the_limit_though_the_pool_keeps_it_from_being_full() -> None:
    """A wider pool brings 1 / 0.8 = 1.25 at most, a quick process 75 / 50 = 1.5 at least."""
    assert limit_behind(level(used=0.8)) == PROCESS
    assert computes(level(used=0.8))


def test_the_same_is_said_of_the_connections_of_a_pooler_that_sessions_keep() -> None:
    assert limit_behind(level(used=0.8, pooler=True)) == PROCESS
    assert limit_behind(level(used=0.7, pooler=True)) is None
    assert limit_behind(level(used=0.8, waits=50.0, pooler=True)) is None  # fewer wait than there are connections
    assert limit_behind(level(used=0.8, executed=40.0, pooler=True)) is None  # for the database


@pytest.mark.parametrize(
    "other",
    [
        {"used": 0.7},  # a wider pool could bring nearly half as much again
        {"used": 0.8, "held": (68.0, 70.0)},  # connections are kept as long at rest: 1.1 times
        {"used": 0.8, "executed": 40.0},  # by the database
        {"used": 0.8, "waits": 30.0},  # a request or two wait now and then: the pool has room
        {"used": 0.8, "spans": ({"downstream": 20.0}, {"downstream": 40.0})},  # by somebody else who became slow
    ],
    ids=["room", "at rest too", "the database", "no queue", "somebody else"],
)
def test_otherwise_the_pool_is(other: dict) -> None:  # type: ignore[type-arg]
    assert limit_behind(level(**other)) is None
    assert not computes(level(**other))


def test_a_host_that_is_nearly_full_is_the_limit_of_many_processes_behind_their_pools() -> None:
    case = level(used=0.8, server=HOST)
    assert limit_behind(case) == HOST
    assert computes(case)
    assert limit_behind(level(used=0.7, server=HOST)) is None
    assert limit_behind(level(used=0.8, server=HOST, executed=40.0)) is None
    case.high[0].utilisation[PROCESS] = 0.8  # type: ignore[index]
    assert limit_behind(case) == PROCESS  # which no other core can help


def test_pools_that_get_no_more_connections_are_as_wide_as_they_are() -> None:
    assert limit_behind(level(used=0.8, server=HOST, limit=60)) is None  # fewer wait than there may be connections
    assert limit_behind(level(used=0.8, server=HOST, limit=60, slots=1.0)) == HOST


def test_a_process_that_fills_its_core_is_full_whatever_the_pool_does() -> None:
    assert computes(level(used=0.9, held=(68.0, 70.0)))
    assert limit_behind(level(used=0.9, held=(68.0, 70.0))) is None


@pytest.mark.parametrize(("ms", "expected"), [(50.0, "redis cache"), (10.0, None)])
def test_of_a_cache_server_what_cannot_have_been_waited_without_a_connection_counts(
    ms: float, expected: str | None
) -> None:
    """All but 5 ms of it was within the hold: 75 / (75 - 45) = 2.5 against 1 / 0.85; of 10 ms, 75 / 70."""
    case = level(used=0.85, server="redis cache", held=(68.0, 70.0), spans=({"cache": ms}, {"cache": ms}))
    assert limit_behind(case) == expected
