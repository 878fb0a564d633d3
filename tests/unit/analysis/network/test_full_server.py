"""What is full where a pool stands before a server that is nearly full, and where jobs pile up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.network.build import full_server, network
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.model import Stage
from rampart.resources import APP_PROCESS as PROCESS
from rampart.resources import HOST_CPU as HOST
from rampart.resources import POOL as CONNECTIONS
from rampart.resources import POOLER, ResourceName
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


def full(of: LevelData) -> ResourceName | None:
    servers = network(of)
    assert servers is not None
    server = full_server(servers)
    return server.name if server else None


@pytest.mark.parametrize("server", [PROCESS, HOST])
@pytest.mark.parametrize("pooler", [False, True], ids=["pool", "pooler"])
def test_a_server_that_keeps_connections_is_full_though_the_pool_keeps_it_from_being_so(
    server: ResourceName, pooler: bool
) -> None:
    """At low load a connection is held for 50 ms, so that three of them would do for 60 requests a second."""
    assert full(level(used=0.8, server=server, pooler=pooler)) == server


@pytest.mark.parametrize(("pooler", "pool"), [(False, CONNECTIONS), (True, POOLER)])
def test_a_pool_whose_connections_are_held_for_as_long_at_rest_is_full(pooler: bool, pool: ResourceName) -> None:
    assert full(level(used=0.76, held=(68.0, 70.0), pooler=pooler)) == pool
    assert full(level(used=0.5, held=(68.0, 70.0), pooler=pooler)) == pool


def test_of_limits_that_are_met_together_the_lower_one_is_full() -> None:
    """A pool for 43 requests a second before a process for 42: whoever holds a connection waits for the process."""
    assert full(level(used=0.95, held=(70.0, 72.0))) == PROCESS


def test_where_neither_is_nearly_full_something_else_is() -> None:
    case = level(used=0.7)
    assert full(case) is None
    servers = network(case)
    assert servers is not None and servers.servers[0].name == "unseen"


def test_pools_that_get_no_more_connections_are_as_wide_as_they_are() -> None:
    assert full(level(used=0.5, held=(68.0, 70.0), limit=60)) is None
    assert full(level(used=0.5, held=(68.0, 70.0), limit=60, slots=1.0)) == CONNECTIONS


@pytest.mark.parametrize("ms", [50.0, 10.0])
def test_a_cache_server_that_is_nearly_full_is_the_limit_of_a_pool_that_is_held_for_it(ms: float) -> None:
    case = level(used=0.85, server="redis cache", spans=({"cache": ms}, {"cache": ms}))
    assert full(case) == "redis cache"
