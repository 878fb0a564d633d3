"""What a full pool stands before: a server of one queue that requests use while they hold a connection.

A pool lets in so many at a time. Were it wider, throughput could rise to what the busiest server behind it takes, by
1 / U of that server at most. Were that server quick instead, connections would come back sooner: what a request takes
of them, size / X, would be less by what is spent there. The larger of these two gains is that of the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis import thresholds
from analysis.attribution.latency_ledger import OUTSIDE_WORK, LoadMeans, loads
from analysis.level import pooler
from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics, resources
from rampart.resources import ResourceName

# Servers of one queue, as `Point.utilisation` calls them, and the span in which a request waits for each.
SPANS_OF = {resources.REDIS_CACHE: "cache", resources.REDIS_QUEUE: "queue"}


@dataclass(frozen=True, slots=True)
class _Taken:
    """Connection time per request, ms, at the knee, where requests always wait for one."""

    whole: float  # size / X: held, or on the way from one request to the next
    at_rest: float  # held at low load
    low: LoadMeans
    high: LoadMeans
    elsewhere: float  # what a request takes without a connection, and without waiting for one
    within: Sequence[str]  # what it waits for with one


def limit_behind(level: LevelData) -> ResourceName | None:
    """The server, nearly full itself, that is the limit and not the pool before it; None: there is none."""
    taken = _taken(level)
    if taken is None:
        return None
    gains = {}
    for server, there in _at_servers(taken):
        used = level.utilisation(server) or 0.0
        gain = taken.whole / max(taken.whole - there, 1e-9)
        if used >= thresholds.NEARLY_FULL and gain > 1 / used:
            gains[server] = gain
    return max(gains, key=lambda server: gains[server], default=None)  # of equals the first, which is the narrower


def _at_servers(taken: _Taken) -> Iterator[tuple[ResourceName, float]]:
    """Of the connection time, what is spent at each server at least, its queue included."""
    # What a request does without a connection may all be waiting for that server.
    yield from ((server, taken.high.means[span] - taken.elsewhere) for server, span in SPANS_OF.items())
    parts = ((taken.low.means[name], taken.high.means[name]) for name in taken.within)
    executed = [sum(load.executed.values()) for load in (taken.low, taken.high)]
    others = sum(max(high - low, 0.0) for low, high in (*parts, executed))
    computing = taken.whole - taken.at_rest - others
    yield resources.APP_PROCESS, computing
    yield resources.HOST_CPU, computing


def _taken(level: LevelData) -> _Taken | None:
    """None: not read, or requests do not always wait for a connection, or the database is what they are held for."""
    seconds, requests = level.seconds[1], sum(p.requests for p in level.high)
    executed = level.total(metrics.STATEMENT_EXEC_MS, level.high)
    for pool in _pools(level):
        at_rest, held = pool.held
        always = pool.waited / 1000 >= pool.size * seconds  # as many wait as there are connections
        if seconds and always and executed is not None and executed < thresholds.HOLD_IS_DATABASE * held * requests:
            low, high = loads(level)
            waited = high.pool + (0.0 if "pooler" in pool.within else high.means["pooler"])
            elsewhere = max(high.means["latency"] - waited - held, 0.0)
            return _Taken(1000 * pool.size * seconds / requests, at_rest, low, high, elsewhere, pool.within)
    return None


@dataclass(frozen=True, slots=True)
class _Pool:
    """Connections that requests hold: the application's own, or those of a pooler that a session keeps."""

    size: float
    waited: float  # by all requests at the knee, ms
    held: tuple[float, float]  # by a request, ms, at low load and at the knee
    within: Sequence[str]  # what a request waits for while it holds one


def _pools(level: LevelData) -> Iterator[_Pool]:
    """As far as they are read, the outer one first."""
    low, high = (sum(p.requests for p in points) for points in (level.low, level.high))
    kinds = (
        (_connections(level), metrics.POOL_WAIT_MS, _used_ms, OUTSIDE_WORK),
        (pooler.fullest(level)[1], metrics.POOLER_WAIT_MS, pooler.held_ms, [n for n in OUTSIDE_WORK if n != "pooler"]),
    )
    for size, waits, held_ms, within in kinds:
        waited, held = level.total(waits, level.high), (held_ms(level, level.low), held_ms(level, level.high))
        if size and low and high and waited is not None and held[0] and held[1]:
            yield _Pool(size, waited, (held[0] / low, held[1] / high), within)


def _connections(level: LevelData) -> float:
    """As many as the application's pools may hold, or as they got where the database has none left."""
    most = sum(float(s.value[-1]) for s in level.readings.of(metrics.POOL_LIMIT))
    if (level.utilisation(resources.CONNECTIONS) or 0.0) < thresholds.CONNECTIONS_FULL:
        return most
    got = level.mean(metrics.POOL_SIZE, level.high)
    return most if got is None else min(most, got)


def _used_ms(level: LevelData, points: Sequence[Point]) -> float | None:
    return level.total(metrics.POOL_USAGE_MS, points)
