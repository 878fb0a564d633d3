"""Where waiting at a level's knee belongs: to those who use what is full, else to what the holders of a server do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis import thresholds
from analysis.attribution.worker_slots import held_for
from analysis.level import pooler
from analysis.level.level_data import LevelData
from rampart import metrics, resources
from rampart.resources import ResourceName

Shares = Mapping[str, float]  # of some waiting, by where it goes; what is left of 1 goes nowhere that is known

# Destinations: the statements in proportion to their demand, the application, the pool and spans by their names.
STATEMENTS, APP, POOL, POOLER, PLACE = "statements", "app", "pool", "pooler", "place"
_ALONE = {  # what one of them uses alone
    resources.REDIS_CACHE: "cache",
    resources.REDIS_QUEUE: "queue",
    resources.APP_PROCESS: APP,
    resources.DB_PROCESSOR: STATEMENTS,
}


@dataclass(frozen=True, slots=True)
class WaitRouting:
    """What decides where waiting is passed on to: read once for a level, the same for every ledger of it."""

    saturated: Mapping[ResourceName, float]
    demand: Mapping[str, float]  # execution per request at the knee, ms, by statement
    base_ms: float  # mean latency of the low stages
    users: Shares = field(default_factory=dict)  # of what is full; {}: nothing that is seen is
    holders: Mapping[str, Shares] = field(default_factory=dict)  # what is done by who holds pool, pooler, place
    limit: ResourceName | None = None  # what is full, where that is seen
    hold_ms: tuple[float, float] | None = None
    hold_in_database: float | None = None

    def passed_on(self, where: str, ms: float) -> dict[str, float]:
        """Milliseconds of waiting somewhere, by where they belong, down the layers until work is reached."""
        if self.users:
            return {name: ms * share for name, share in self.users.items()}
        found: dict[str, float] = {}
        for name, share in self.holders.get(where, {}).items():
            deeper = name in self.holders and name != where
            parts = self.passed_on(name, ms * share) if deeper else {name: ms * share}
            for part, some in parts.items():
                found[part] = found.get(part, 0.0) + some
        return found


def wait_routing(level: LevelData, limit: ResourceName | None) -> WaitRouting:
    """Look at who uses the limit, where it is seen, and at who holds what before it."""
    saturated = saturations(level)
    if limit is not None:
        saturated.setdefault(limit, level.utilisation(limit) or 0.0)
    hold, inside = _hold(level)
    _, demand = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    base = sum(p.mean_ms * p.requests for p in level.low) / max(sum(p.requests for p in level.low), 1)
    holders = {POOL: _of_pool(level, hold, inside), POOLER: _of_pooler(level), PLACE: held_for(level, saturated)}
    return WaitRouting(saturated, demand, base, _users(level, limit, inside), holders, limit, hold, inside)


def _users(level: LevelData, limit: ResourceName | None, inside: float | None) -> dict[str, float]:
    """Who uses what is full, by the share of it: of connections the statements that are executed on them."""
    if limit in (resources.POOL, resources.POOLER):
        own, executed = (POOL, inside) if limit == resources.POOL else (POOLER, pooler.executed(level))
        return {STATEMENTS: executed or 0.0, own: 1 - (executed or 0.0)}
    if limit in _ALONE:
        return {_ALONE[limit]: 1.0}
    if limit != resources.HOST_CPU:
        return {}
    roles = {
        STATEMENTS: level.utilisation(resources.DB_CPU) or 0.0,
        APP: sum(level.utilisation(resources.cpu_of(role)) or 0.0 for role in ("app", "worker", "cache", "queue")),
        "outside": level.utilisation(resources.NEIGHBOUR_CPU) or 0.0,
    }
    total = sum(roles.values())
    return {name: used / total for name, used in roles.items()} if total > 0 else {}


def _of_pool(level: LevelData, hold: tuple[float, float] | None, inside: float | None) -> dict[str, float]:
    """What those do who hold one of the application's connections: they execute, wait in a pooler, and what else they
    do is the application's where load lengthens it, else a matter of how many there are."""
    if hold is None or inside is None:
        return {POOL: 1.0}
    waited, held_ms = level.total(metrics.POOLER_WAIT_MS, level.high), level.total(metrics.POOL_USAGE_MS, level.high)
    in_pooler = min(waited / held_ms, 1 - inside) if waited and held_ms else 0.0
    own = APP if hold[1] >= thresholds.HOLD_INFLATED * hold[0] else POOL
    return {STATEMENTS: inside, POOLER: in_pooler, own: 1 - inside - in_pooler}


def _of_pooler(level: LevelData) -> dict[str, float]:
    """The same of a pooler's connections. How long they are held is sampled, too roughly to say that load lengthens it;
    but who holds one while the event loop is delayed waits for that."""
    executed = pooler.executed(level) or 0.0
    return {STATEMENTS: executed, APP if pooler.kept_by_loop(level) else POOLER: 1 - executed}


def saturations(level: LevelData) -> dict[ResourceName, float]:
    """What is saturated at the knee: pool, pooler, one application process, the host's processor, slots, the cache."""
    found: dict[ResourceName, float] = {}
    for resource, limit in (
        (resources.POOL, thresholds.POOL_SATURATED),
        (resources.POOLER, thresholds.POOL_SATURATED),
        (resources.APP_PROCESS, thresholds.SATURATED),
        (resources.HOST_CPU, thresholds.HOST_SATURATED),
        (resources.DB_PROCESSOR, thresholds.SATURATED),
        (resources.GENERATOR_PROCESS, thresholds.GENERATOR_CPU),
        (resources.CONNECTIONS, thresholds.CONNECTIONS_FULL),
        (resources.REDIS_CACHE, thresholds.SATURATED),
    ):
        used = level.utilisation(resource)
        if used is not None and used >= limit:
            found[resource] = used
    return found


def _hold(level: LevelData) -> tuple[tuple[float, float] | None, float | None]:
    """How long a connection is held, ms, low and high; and which share of that is execution in the server."""
    holds = []
    for points in (level.low, level.high):
        held_ms, count = level.total(metrics.POOL_USAGE_MS, points), level.total(metrics.POOL_REQUESTS, points)
        if not held_ms or not count:
            return None, None
        holds.append(held_ms / count)
    executed = level.total(metrics.STATEMENT_EXEC_MS, level.high)
    held_ms = level.total(metrics.POOL_USAGE_MS, level.high)
    return (holds[0], holds[1]), min(executed / held_ms, 1.0) if executed is not None and held_ms else None
