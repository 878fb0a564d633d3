"""Who is to blame for the added milliseconds, once waiting is passed on to what was waited for.

A queue forms in front of the pool, in the accept queue or in the event loop, and none of them need be the limit. By the
operational laws the waiting of a closed system belongs to the resource that saturates. So what a request spends in
somebody's work (a statement, a mail) is blamed on that work, and what it merely waits is passed on: from the pool to
what holds its connections, and from a saturated processor to those who use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis import thresholds
from analysis.attribution.latency_ledger import Ledger
from analysis.attribution.nested_pool import SPANS_OF, limit_behind
from analysis.attribution.worker_slots import EXECUTED, held_for
from analysis.level import pooler
from analysis.level.level_data import LevelData
from rampart import metrics, resources
from rampart.finding import Evidence
from rampart.resources import ResourceName


@dataclass(frozen=True, slots=True)
class Attribution:
    """Added milliseconds per request by cause; they sum up to what was added. Shares are of `added`."""

    added: float
    statements: dict[str, float]
    spans: dict[str, float]  # mail, downstream, cache, queue, pooler, outside
    pool: float
    app: float
    unexplained: float
    saturated: dict[ResourceName, float]  # utilisation at the knee of what is saturated there
    hold_ms: tuple[float, float] | None  # a connection's mean hold at the low stages and at the knee
    hold_in_database: float | None  # share of the hold at the knee that the server spent executing

    places: Mapping[str, float] = field(default_factory=dict)  # as in `WaitRouting`
    noticeable: bool = True  # that latency rose enough for shares of it to mean anything

    def share(self, milliseconds: float) -> float:
        return min(max(milliseconds / self.added, 0.0), 1.0) if self.noticeable and self.added > 0 else 0.0


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
            and _held_elsewhere(self.hold_ms, self.hold_in_database)
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


def attribute(entries: Ledger, by: WaitRouting) -> Attribution:
    """Pass the ledger's waiting on."""
    statements, app, pool, rest = dict(entries.statements), 0.0, 0.0, 0.0
    spans = {name: ms for name, ms in entries.outside_work.items() if ms > 0}
    full = resources.POOLER in by.saturated and by.behind is None  # else they wait for a processor
    for wait, is_pool in (
        (0.0 if full else spans.pop("pooler", 0.0), by.behind is not None),
        (entries.pool, True),
        (entries.app + entries.before_app, False),
        (entries.unexplained, False),
    ):
        if wait <= 0:
            continue
        if is_pool and full and by.hold_in_pooler >= thresholds.HOLD_IS_DATABASE:
            spans["pooler"] = spans.get("pooler", 0.0) + wait
            continue
        if is_pool and by.behind in SPANS_OF:
            spans[SPANS_OF[by.behind]] = spans.get(SPANS_OF[by.behind], 0.0) + wait
            continue
        if not is_pool and by.places:
            rest += _to_held_workers(wait, by, statements, spans)
            continue
        to_pool, to_database, to_app = (1.0, 0.0, 0.0) if is_pool and by.pool_is_limit else _passed_on(is_pool, by)
        pool += wait * to_pool
        app += wait * to_app
        left = wait * (1 - to_pool - to_database - to_app)
        if by.beside and (to_database, to_app) == by.busy:
            spans["outside"] = spans.get("outside", 0.0) + left
        else:
            rest += left
        _spread(statements, by.demand, wait * to_database)
    if not by.pooler_is_limit:
        waited = spans.pop("pooler", 0.0)
        app += waited * by.pooler_kept
        _spread(statements, by.demand, waited * (1 - by.pooler_kept))
    total = sum(statements.values()) + sum(spans.values()) + pool + app + rest
    noticeable = entries.added >= max(thresholds.ADDED_MS, thresholds.ADDED_SHARE * by.base_ms)
    return Attribution(
        total, statements, spans, pool, app, rest, by.saturated, by.hold_ms, by.hold_in_database, by.places, noticeable
    )  # fmt: skip


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


def evidence_of(share: float, attribution: Attribution) -> Evidence:
    """How a share of the added latency came about, so that it can be told from the ledger's raw parts."""
    return Evidence(
        f"{share * attribution.added:,.0f} of the {attribution.added:,.0f} ms added to a mean request up to the knee "
        "are blamed on it: its own time, and the waiting of others for what it fills",
        share,
        f">= {thresholds.SUPPORTED_SHARE:.0%} to be supported",
        "requests spans, readings-statements db.statement.exec_ms; docs/method.md says how waiting is passed on",
    )


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


def _held_elsewhere(hold: tuple[float, float] | None, hold_in_database: float | None) -> bool:
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


def _passed_on(is_pool: bool, by: WaitRouting) -> tuple[float, float, float]:
    """The shares of some waiting that belong to the pool itself, to the database, and to the application."""
    inside = by.hold_in_database
    if is_pool and inside is not None and inside >= thresholds.HOLD_IS_DATABASE:
        return 0.0, 1.0, 0.0
    if any(by.busy) or by.beside:
        return 0.0, *by.busy
    if (
        is_pool
        and inside is not None
        and by.hold_ms is not None
        and by.hold_ms[1] >= thresholds.HOLD_INFLATED * by.hold_ms[0]
    ):
        # Bursts fill a processor that is not full on the mean: a hold that load lengthens belongs where it is spent.
        return 0.0, inside, 1 - inside
    return (1.0, 0.0, 0.0) if is_pool or resources.POOL in by.saturated else (0.0, 0.0, 0.0)


def _to_held_workers(wait: float, by: WaitRouting, statements: dict[str, float], spans: dict[str, float]) -> float:
    """Share a wait out among what workers are held for meanwhile; what is left of it."""
    for name, share in by.places.items():
        if name == EXECUTED:
            _spread(statements, by.demand, wait * share)
        else:
            spans[name] = spans.get(name, 0.0) + wait * share
    return wait * (1 - sum(by.places.values()))


def _spread(statements: dict[str, float], demand: Mapping[str, float], milliseconds: float) -> None:
    """Blame waiting for the database on its statements, in proportion to the execution that each request asks for.

    Demand, not growth: whoever uses most of a full resource makes the others wait, however steady its own time is.
    """
    total = sum(demand.values())
    for statement, ms in demand.items():
        if total > 0 and ms > 0.005 * total:
            statements[statement] = statements.get(statement, 0.0) + milliseconds * ms / total
