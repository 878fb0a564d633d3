"""The network of one tenant level, from whatever was read of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis import thresholds
from analysis.level import pooler
from analysis.level.level_data import LevelData
from analysis.network.server import APP, OPEN, UNKNOWN, WITHIN, Network, Parts, Server, layer_of, part_of, unseen
from analysis.stages.operating_point import Point
from rampart import metrics, resources
from rampart.resources import ResourceName
from rampart.tables import SPANS

_HELD = (resources.POOL, resources.POOLER)
# Roles beside the application and the database, by the part that their work is.
_BESIDE = {"cache": "cache", "queue": "queue", "worker": "jobs", "neighbour": "outside"}
# Spans in which the application waits for others, with a connection or without.
_OUTSIDE = ("mail", "downstream", "cache", "queue")


def network(level: LevelData) -> Network | None:
    """The servers of a level and a lone request; None where there is no stage to tell by."""
    requests = sum(p.requests for p in level.low)
    if not requests or not level.high:
        return None
    think = [p.think_s for p in (*level.low, *level.high) if p.think_s is not None]
    found = sorted([*_processors(level), *_connections(level)], key=lambda server: server.limit_rps)
    knee, now = level.knee.value, level.knee.max_throughput_rps
    if knee is None or now is None:
        knee, now = None, found[0].limit_rps if found else max(p.throughput_rps for p in level.high)
    elif not any(_full(server, now) for server in found):
        found.insert(0, unseen(now))
    return Network(
        tuple(found), _request_ms(level, requests), 1000 * float(np.mean(think)) if think else 0.0, now, knee
    )


def full_server(network: Network) -> Server | None:
    """The limit, where it is seen; of limits that are met together the lowest, for which the others are held."""
    full = [server for server in network.servers if _full(server, network.now_rps)]
    met = [one for one in full if one.limit_rps <= thresholds.TOLD_APART * full[0].limit_rps]
    return max(met, key=lambda one: layer_of(one.name), default=None)


def _full(server: Server, now_rps: float) -> bool:
    """Whether throughput may have ended for it. A reading of what is held counts queues that are further down."""
    used = now_rps / server.limit_rps if server.name in _HELD else server.used
    return server.name != resources.UNSEEN and used >= thresholds.NEARLY_FULL


def _processors(level: LevelData) -> Iterator[Server]:
    points = (*level.low, *level.high)
    cores = level.mean(metrics.HOST_CORES, level.high) or 1.0
    own = level.readings.mean(metrics.ROLE_CORES, *level.high[0].window, role="db") or cores
    database = _executing(level)
    rows: list[tuple[ResourceName, float, Parts]] = [
        (resources.HOST_CPU, cores, _of_host(level, database)),
        (resources.DB_PROCESSOR, own, database),
        (resources.APP_PROCESS, 1.0, {APP: 1.0}),
        (resources.REDIS_CACHE, 1.0, {"cache": 1.0}),
        (resources.REDIS_QUEUE, 1.0, {"queue": 1.0}),
    ]
    for name, capacity, parts in rows:
        others = float(np.mean([_background(p) for p in points])) if name == resources.HOST_CPU else 0.0
        seconds = [
            (max(p.utilisation[name] - _background(p) if name == resources.HOST_CPU else p.utilisation[name], 0.0)
             * p.seconds, p.requests)
            for p in points if name in p.utilisation and p.requests
        ]  # fmt: skip
        used, sent = sum(s for s, _ in seconds), sum(n for _, n in seconds)
        at_knee = level.utilisation(name)  # of what was not read there, nobody knows whether it is full
        if used > 0 and others < 1 and at_knee is not None:
            each = [np.log(s / n / (used / sent)) for s, n in seconds if s > 0]
            spread = float(np.std(each) / np.sqrt(len(each)))
            yield Server(name, capacity * (1 - others), capacity * used / sent, spread, at_knee, parts)


def _background(point: Point) -> float:
    """The share of the host that is used whatever the load is."""
    return point.utilisation.get(resources.STRANGERS_CPU, 0.0) + point.utilisation.get(resources.CONDUCTOR_CPU, 0.0)


def _executing(level: LevelData) -> Parts:
    """What the database's processor does: its statements, and what it does beside executing them."""
    executed, _ = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    requests = sum(p.requests for p in level.low)
    spent = (level.total(metrics.ROLE_CPU_S, level.low, role="db") or 0.0) * 1000 / requests
    return _shares({part_of(s): ms for s, ms in executed.items()}, spent)


def _of_host(level: LevelData, database: Parts) -> Parts:
    roles = {role: level.utilisation(resources.cpu_of(role)) or 0.0 for role in ("db", "app", *_BESIDE)}
    whole = max((level.utilisation(resources.HOST_CPU) or 0.0) - _background(level.high[-1]), sum(roles.values()), 1e-9)
    found = {name: share * roles["db"] / whole for name, share in database.items()}
    found[APP] = roles["app"] / whole
    found |= {part: roles[role] / whole for role, part in _BESIDE.items() if roles[role] > 0}
    found[UNKNOWN] = found.get(UNKNOWN, 0.0) + 1 - sum(roles.values()) / whole
    return found


def _connections(level: LevelData) -> Iterator[Server]:
    """The application's pool and the pooler's, by the time that a request holds a connection at low load."""
    requests, executed = sum(p.requests for p in level.low), level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    spans, idle = _spans(level, level.low), level.total(metrics.DB_IDLE_IN_TRANSACTION_MS, level.low) or 0.0
    held = level.total(metrics.POOL_USAGE_MS, level.low)
    kinds = (
        (resources.POOL, _pool_size(level), held),
        (resources.POOLER, pooler.fullest(level)[1], pooler.held_ms(level, level.low)),
    )
    for name, size, ms in kinds:
        if size and ms:
            whole, inside = ms / requests, {part_of(s): one for s, one in executed[0].items()}
            open_ms = idle / requests
            # It may well be held meanwhile, and a transaction with it.
            for span in sorted(_OUTSIDE, key=lambda name: -spans[name]):
                if spans[span] <= open_ms:
                    inside[span + WITHIN + OPEN], open_ms = spans[span], open_ms - spans[span]
                elif spans[span] <= whole - sum(inside.values()) - open_ms:
                    inside[span] = spans[span]
            inside[OPEN] = open_ms
            yield Server(name, size, whole / 1000, 0.0, level.utilisation(name) or 0.0, _shares(inside, whole))


def _pool_size(level: LevelData) -> float:
    """Connections that the pools may hold, or as many as they got where the database has none left."""
    most = sum(float(s.value[-1]) for s in level.readings.of(metrics.POOL_LIMIT))
    if (level.utilisation(resources.CONNECTIONS) or 0.0) < thresholds.CONNECTIONS_FULL:
        return most
    return min(most, level.mean(metrics.POOL_SIZE, level.high) or most)


def _request_ms(level: LevelData, requests: int) -> Parts:
    """A mean request at low load, ms, by what it does."""
    whole = sum(p.mean_ms * p.requests for p in level.low) / requests
    executed, _ = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    found = {part_of(s): ms for s, ms in executed.items()}
    found[APP] = (level.total(metrics.ROLE_CPU_S, level.low, role="app") or 0.0) * 1000 / requests
    found |= {span: _spans(level, level.low)[span] for span in _OUTSIDE}
    return {name: share * whole for name, share in _shares(found, whole).items()}


def _spans(level: LevelData, points: Sequence[Point]) -> dict[str, float]:
    """Mean milliseconds a request, by span."""
    requests = max(sum(p.requests for p in points), 1)
    sums = sum((level.requests.span_ms[p.index].sum(0) for p in points), np.zeros(len(SPANS)))
    return dict(zip(SPANS, (sums / requests).tolist(), strict=True))


def _shares(parts: Parts, whole: float) -> dict[str, float]:
    """Parts of a whole as shares; the rest of it is unknown. Parts that are more than it have all of it."""
    total = max(whole, sum(parts.values()), 1e-9)
    found = {name: part / total for name, part in parts.items() if part > 0}
    return {**found, UNKNOWN: 1 - sum(found.values())}
