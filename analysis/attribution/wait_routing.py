"""What is full at a level's knee, and who holds it: the facts by which waiting is passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis import thresholds
from analysis.attribution.nested_pool import limit_behind
from analysis.attribution.worker_slots import held_for
from analysis.level import pooler
from analysis.level.level_data import LevelData
from rampart import metrics, resources
from rampart.resources import ResourceName


@dataclass(frozen=True, slots=True)
class WaitRouting:
    """What decides where waiting is passed on to: read once for a level, the same for every ledger of it."""

    saturated: dict[ResourceName, float]
    hold_ms: tuple[float, float] | None
    hold_in_database: float | None
    busy: tuple[float, float]  # the database's and the application's share of a saturated processor; see `beside`
    demand: Mapping[str, float]  # execution per request at the knee, ms, by statement
    base_ms: float  # mean latency of the low stages
    hold_in_pooler: float = 0.0  # share of the hold at the knee that was waited in a pooler
    pooler_is_limit: bool = True  # else what is waited in it is the statements', or the application's
    pooler_kept: float = 0.0  # share of that which is the application's
    behind: ResourceName | None = None  # the server that is the limit where requests wait for the pool before it
    places: Mapping[str, float] = field(default_factory=dict)  # where workers run out: what they are held for
    beside: bool = False  # whether neighbours use the rest of the saturated processor

    @property
    def pool_is_limit(self) -> bool:
        waits = resources.POOLER in self.saturated and self.hold_in_pooler >= thresholds.HOLD_IS_DATABASE
        return (
            resources.POOL in self.saturated
            and not waits
            and not self.behind
            and held_elsewhere(self.hold_ms, self.hold_in_database)
        )


def wait_routing(level: LevelData) -> WaitRouting:
    """Look at what is full at the knee and at who holds it."""
    saturated, behind = saturations(level), limit_behind(level)
    if behind is not None:
        saturated[behind] = level.utilisation(behind) or 0.0
    hold, inside = _hold(level)
    _, demand = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    base = sum(p.mean_ms * p.requests for p in level.low) / max(sum(p.requests for p in level.low), 1)
    waited, held_ms = level.total(metrics.POOLER_WAIT_MS, level.high), level.total(metrics.POOL_USAGE_MS, level.high)
    in_pooler = min(waited / held_ms, 1.0) if waited and held_ms else 0.0
    busy, beside = _processor_users(level, saturated)
    kept = 1 - (pooler.executed(level) or 0.0) if pooler.kept_by_loop(level) else 0.0
    places = held_for(level, saturated)
    limit = pooler.is_limit(level)
    return WaitRouting(saturated, hold, inside, busy, demand, base, in_pooler, limit, kept, behind, places, beside)


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


def held_elsewhere(hold: tuple[float, float] | None, hold_in_database: float | None) -> bool:
    """Whether connections are held for something that is neither execution nor lengthened by load: the pool's own.

    Then a processor that is full as well (with somebody else's work, perhaps) did not make the pool run out.
    """
    if hold is None or hold_in_database is None:
        return False
    return hold_in_database < thresholds.HOLD_IS_DATABASE and hold[1] < thresholds.HOLD_INFLATED * hold[0]


def _processor_users(level: LevelData, saturated: dict[ResourceName, float]) -> tuple[tuple[float, float], bool]:
    """Database's and application's share of the saturated processor time, and whether neighbours have the rest of it;
    (0, 0) when no processor is saturated."""
    if resources.APP_PROCESS in saturated:
        return (0.0, 1.0), False
    if resources.DB_PROCESSOR in saturated:
        return (1.0, 0.0), False
    if resources.HOST_CPU not in saturated:
        return (0.0, 0.0), False
    database = level.utilisation(resources.DB_CPU) or 0.0
    others = sum(level.utilisation(resources.cpu_of(role)) or 0.0 for role in ("app", "worker", "cache", "queue"))
    beside = level.utilisation(resources.NEIGHBOUR_CPU) or 0.0
    total = database + others + beside
    return ((database / total, others / total) if total > 0 else (0.0, 0.0)), beside > 0
