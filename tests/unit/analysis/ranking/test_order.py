"""Who is first on planted networks: what can be mended, what is honestly used up, what only shows together."""

from __future__ import annotations

import pytest

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.network.server import APP, OPEN, RETRIED, UNKNOWN, Network, Relief, Server, part_of
from analysis.network.strength import strength
from analysis.ranking.gains import REQUESTS, Limits
from analysis.ranking.order import Order, order
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from rampart import resources
from rampart.finding import Finding, Remedy
from rampart.resources import ResourceName

KNEE = 100.0
LEVEL = LevelData(
    100, [], [], [], KneeEstimate(KNEE, 90.0, 110.0, None, 95.0, 0.5), {}, [], Requests([], []), Readings([]), {}, {}
)
SCAN = part_of("1")
HOST, PROCESS, POOL = resources.HOST_CPU, resources.APP_PROCESS, resources.POOL


def server(name: ResourceName, limit: float, used: float | None = None, **parts: float) -> Server:
    """Full at so many users."""
    shares = {**parts, UNKNOWN: 1 - sum(parts.values())}
    return Server(name, 1.0, 1 / limit, 0.0, used if used is not None else min(KNEE / limit, 1.0), shares)


def finding(name: str, share: float = 1.0, limit: float = KNEE, resource: str = "") -> Finding:
    return Finding(name, "database", resource or name, None, share, limit, "supported", 0.9, (), Remedy("mend it"))


def ranked(servers: list[Server], remedies: dict[str, Relief], **shares: float) -> Order:
    """Findings of requests alone; `shares` by their names with underscores, else all of the waiting."""
    network = Network(tuple(sorted(servers, key=lambda one: one.limit_rps)), {}, 1000.0, KNEE, KNEE)
    known = Limits({REQUESTS: KNEE}, {REQUESTS: network}, frozenset({REQUESTS}))
    rows = [finding(n, shares.get(n.replace("-", "_"), 1.0)) for n in remedies]
    return order(LEVEL, known, remedies, rows, {f.id for f in rows if f.share > 0})


def lifts(*names: ResourceName) -> Relief:
    return Relief(lifts=frozenset(names))


def first(by: Order) -> str | None:
    return by.first.id if by.first else None


@pytest.mark.parametrize(
    ("part", "mends", "capacity"),
    [(SCAN, "missing-index", "db-cpu"), (SCAN, "slow-query", "app-cpu"), (APP, "http-cache-missing", "app-cpu")],
)
@pytest.mark.parametrize("share", [0.24, 0.4, 0.7])
def test_on_a_full_host_what_asks_for_much_is_first_and_not_the_processor(
    part: str, mends: str, capacity: str, share: float
) -> None:
    host = server(HOST, KNEE, **{part: share})
    by = ranked([host, server(PROCESS, 400.0)], {mends: Relief({part: 1.0}), capacity: lifts(HOST)})
    assert (first(by), by.tied, by.joint) == (mends, (), ())
    assert by.bought[mends] == pytest.approx(min(1 / (1 - share), 4.0))
    assert by.bought[capacity] > by.bought[mends] or share > 0.7


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_a_processor_that_nothing_large_asks_for_is_honestly_used_up(share: float) -> None:
    remedies = {"slow-query": Relief({SCAN: 1.0}), "db-cpu": lifts(HOST)}
    by = ranked([server(HOST, KNEE, **{SCAN: share}), server(PROCESS, 300.0)], remedies, slow_query=share)
    assert (first(by), by.honest) == ("db-cpu", {"db-cpu"})


def test_a_process_that_fills_its_core_is_mended_by_another_one_while_the_host_has_room() -> None:
    roomy = ranked([server(PROCESS, KNEE), server(HOST, 180.0)], {"app-cpu": lifts(PROCESS)})
    assert (first(roomy), roomy.bought["app-cpu"]) == ("app-cpu", pytest.approx(1.8))
    assert first(ranked([server(HOST, KNEE), server(PROCESS, 180.0)], {"app-cpu": lifts(PROCESS)})) is None


@pytest.mark.parametrize("behind", [102.0, 108.0])
def test_what_is_full_is_named_though_the_host_behind_it_is_nearly_so(behind: float) -> None:
    """One process on two cores beside its generator: another process would bring little, and nothing else is known."""
    by = ranked([server(PROCESS, KNEE, 0.95), server(HOST, behind, 0.7)], {"app-cpu": lifts(PROCESS)})
    assert (first(by), by.joint, by.bought["app-cpu"]) == ("app-cpu", (), pytest.approx(behind / KNEE))


def test_a_pool_that_is_held_while_requests_wait_for_a_full_host_is_not_the_limit() -> None:
    servers = [server(POOL, KNEE, 1.0), server(HOST, 104.0, 0.96), server(PROCESS, 300.0)]
    by = ranked(servers, {"app-pool": lifts(POOL), "db-cpu": lifts(HOST)})
    assert (first(by), by.honest, by.joint) == ("db-cpu", {"db-cpu"}, ())


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_what_would_hardly_be_noticed_is_never_first(share: float) -> None:
    remedies = {"slow-query": Relief({SCAN: 1.0})}
    assert first(ranked([server(HOST, KNEE, **{SCAN: share})], remedies, slow_query=share)) is None


@pytest.mark.parametrize(
    ("name", "part", "full", "more"),
    [
        ("idle-in-transaction", OPEN, POOL, "app-pool"),
        ("sync-work", APP, PROCESS, "app-cpu"),
        ("cache-server", "cache", resources.POOLER, "pooler"),
    ],
)
def test_of_two_that_bring_as_much_less_demand_goes_before_more_capacity(
    name: str, part: str, full: ResourceName, more: str
) -> None:
    by = ranked(
        [server(full, KNEE, **{part: 0.9}), server(HOST, 300.0)], {more: lifts(full), name: Relief({part: 1.0})}
    )
    assert (first(by), by.tied) == (name, ())
    assert by.bought[name] == by.bought[more] == pytest.approx(3.0)


def test_more_capacity_goes_first_where_less_demand_brings_clearly_less() -> None:
    pool = server(POOL, KNEE, **{SCAN: 0.2})
    by = ranked([pool, server(HOST, 300.0)], {"app-pool": lifts(POOL), "slow-query": Relief({SCAN: 1.0})})
    assert (first(by), by.bought["slow-query"]) == ("app-pool", pytest.approx(1.25))


def test_two_remedies_that_take_alike_from_what_is_full_cannot_be_told_apart() -> None:
    host = server(HOST, KNEE, **{SCAN: 0.41, APP: 0.4})
    by = ranked([host], {"missing-index": Relief({SCAN: 1.0}), "http-cache-missing": Relief({APP: 1.0})})
    assert (first(by), [f.id for f in by.tied]) == ("missing-index", ["http-cache-missing"])


@pytest.mark.parametrize("behind", [102.0, 108.0])
def test_limits_that_lie_close_are_one_joint_remedy_the_nearest_first(behind: float) -> None:
    """A pool and idle servers below, then a process: the pool is not held because of it."""
    servers = [server(resources.REDIS_CACHE, KNEE, 1.0, cache=1.0), server(PROCESS, behind, 0.9), server(HOST, 250.0)]
    by = ranked(servers, {"cache-server": Relief({"cache": 1.0}), "app-cpu": lifts(PROCESS)}, app_cpu=0.1)
    assert [f.id for f in by.joint] == ["cache-server", "app-cpu"]
    assert max(by.bought.values()) < 1.1


def test_three_limits_in_one_place_are_told_in_order() -> None:
    servers = [server(POOL, KNEE, 1.0), server(PROCESS, 104.0, 0.96), server(resources.REDIS_CACHE, 116.0, cache=1.0)]
    remedies = {"app-pool": lifts(POOL), "app-cpu": lifts(PROCESS), "cache-server": Relief({"cache": 0.9})}
    by = ranked([*servers, server(HOST, 400.0)], remedies)
    assert [f.id for f in by.joint] == ["app-cpu", "app-pool"]  # the cache lies further off


def test_of_limits_that_are_met_together_the_strongest_is_first() -> None:
    """A pool before a process that is nearly full is its symptom, though its limit seems the nearer one."""
    pool, process, host = server(POOL, KNEE, 1.0), server(PROCESS, 103.0, 0.97), server(HOST, 250.0, 0.4)
    by = ranked([pool, process, host], {"app-pool": lifts(POOL), "app-cpu": lifts(PROCESS)})
    network = Network((pool, process, host), {}, 1000.0, KNEE, KNEE)
    assert strength(network, pool) == pytest.approx(1 / 0.97)
    assert strength(network, process) == pytest.approx(0.97 / 0.4)
    assert [f.id for f in by.joint] == ["app-cpu", "app-pool"]


def test_what_nobody_waits_for_is_not_first_however_full_it_is() -> None:
    cache = server(resources.REDIS_CACHE, KNEE, cache=1.0)
    assert (
        first(ranked([cache, server(HOST, 300.0)], {"cache-server": Relief({"cache": 1.0})}, cache_server=0.0)) is None
    )


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_of_what_nobody_sees_a_remedy_takes_away_what_its_finding_explains(share: float) -> None:
    unseen, host = server(resources.UNSEEN, KNEE), server(HOST, 2000.0)
    known = Limits({REQUESTS: KNEE}, {REQUESTS: Network((unseen, host), {}, 1000.0, KNEE, KNEE)}, frozenset({REQUESTS}))
    locks = Relief(lifts=frozenset({resources.UNSEEN}), share=share)
    rows = [finding("lock-contention", share), finding("slow-query", 0.02)]
    remedies = {"lock-contention": locks, "slow-query": Relief({SCAN: 1.0}, share=0.02)}
    by = order(LEVEL, known, remedies, rows, set(remedies))
    assert first(by) == "lock-contention"
    assert by.bought["lock-contention"] == pytest.approx(1 / (1 - share))


def jobs(*, retried: float = 0.0, waits: bool = False) -> Limits:
    """A queue that falls behind at 80 users, and requests that end at 100."""
    workers = server(resources.WORKERS, 400.0 if waits else 80.0, 1.0, **{RETRIED: retried})
    queue = Network((server(resources.UNSEEN, 80.0), workers) if waits else (workers,), {}, 1000.0, 80.0, 80.0)
    locks = Network((server(resources.UNSEEN, KNEE), server(HOST, 250.0)), {}, 1000.0, KNEE, KNEE)
    users = {"queue mail": 80.0, REQUESTS: KNEE}
    return Limits(users, {"queue mail": queue, REQUESTS: locks}, frozenset(users))


WORKERS = finding("workers", limit=80.0, resource="queue mail")
RETRIES = finding("queue-retries", limit=80.0, resource="queue mail")
LOCKS = finding("lock-contention")
REMEDIES = {
    "workers": lifts(resources.WORKERS),
    "queue-retries": Relief({RETRIED: 1.0}),
    "lock-contention": Relief(lifts=frozenset({resources.UNSEEN}), share=1.0),
}


def test_more_workers_let_jobs_go_on_until_requests_end() -> None:
    by = order(LEVEL, jobs(), REMEDIES, [WORKERS, LOCKS], REMEDIES)
    assert (first(by), by.bought["workers"]) == ("workers", pytest.approx(KNEE / 80))
    assert by.bought["lock-contention"] == 1.0  # jobs pile up before requests wait for locks


@pytest.mark.parametrize(("retried", "said"), [(0.9, "queue-retries"), (0.05, "workers")])
def test_jobs_that_come_back_are_first_where_workers_are_kept_busy_by_them(retried: float, said: str) -> None:
    assert first(order(LEVEL, jobs(retried=retried), REMEDIES, [WORKERS, RETRIES], REMEDIES)) == said


def test_workers_whose_jobs_wait_for_a_lock_are_not_too_few() -> None:
    by = order(LEVEL, jobs(waits=True), REMEDIES, [WORKERS, LOCKS], REMEDIES)
    assert (first(by), by.bought["workers"]) == ("lock-contention", 1.0)
    assert by.bought["lock-contention"] == pytest.approx(250 / 80)
