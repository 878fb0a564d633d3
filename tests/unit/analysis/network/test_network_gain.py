"""What a remedy is said to buy, beside networks that are solved exactly before and after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.level.recorded import read
from analysis.network.gain import Gain, gain
from analysis.network.server import APP, OPEN, UNKNOWN, Network, Relief, Server, part_of
from analysis.ranking.judge import judge
from rampart import resources
from rampart.resources import ResourceName
from tests.planted import networks
from tests.planted.levels import FACTS, Growing, record

THINK_MS = 1000.0
SCAN, REST = part_of("1"), part_of("2")


def server(name: ResourceName, capacity: float, ms: float, **parts: float) -> Server:
    shares = parts or {UNKNOWN: 1.0}
    return Server(name, capacity, ms / 1000, 0.0, 0.0, shares)


def planted(*servers: Server, parts_ms: dict[str, float] | None = None) -> Network:
    """A network whose throughput ends where its first server is full."""
    rows = tuple(sorted(servers, key=lambda one: one.limit_rps))
    alone = parts_ms or {UNKNOWN: sum(1000 * one.demand_s for one in servers)}
    users = rows[0].limit_rps * (sum(alone.values()) + THINK_MS) / 1000
    return Network(rows, alone, THINK_MS, rows[0].limit_rps, users)


def exact(network: Network, relief: Relief) -> networks.Network:
    """The same as queues, once the remedy is applied."""
    left = [one for one in network.servers if not relief.lifted(one)]
    stations = [networks.Station(one.demand_s * (1 - relief.removed(one)), round(one.capacity)) for one in left]
    return networks.Network(tuple(s for s in stations if s.demand_s > 0), THINK_MS / 1000)


def bought(network: Network, relief: Relief) -> Gain:
    one = gain(network, relief)
    assert one is not None
    return one


CPU = server(resources.HOST_CPU, 2, 16.0, **{SCAN: 0.6, REST: 0.1, APP: 0.2, UNKNOWN: 0.1})
THREAD = server(resources.APP_PROCESS, 1, 4.0, **{APP: 1.0})
CACHE = server(resources.REDIS_CACHE, 1, 2.5, cache=1.0)
BUSY_THREAD = replace(THREAD, demand_s=0.009)
POOL, UNSEEN = resources.POOL, resources.UNSEEN
REMEDIES = {
    "a statement": (planted(CPU, THREAD, CACHE), Relief({SCAN: 0.95})),
    "half of the application's work": (planted(CPU, BUSY_THREAD), Relief({APP: 0.5})),
    "more connections": (planted(server(POOL, 3, 60.0), CPU, THREAD), Relief(lifts=frozenset({POOL}))),
    "an idle transaction": (
        planted(server(POOL, 4, 80.0, **{OPEN: 0.8, UNKNOWN: 0.2}), CPU), Relief({OPEN: 1.0}),
    ),
    "what nobody sees": (
        planted(server(UNSEEN, 1, 12.0), CPU, CACHE), Relief(lifts=frozenset({UNSEEN})),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REMEDIES)
def test_throughput_far_past_the_knee_rises_as_the_solved_network_says(what: str) -> None:
    network, relief = REMEDIES[what]
    before, after = exact(network, Relief()), exact(network, relief)
    many = np.array([3000])
    seen = float(after.throughput(many)[0] / before.throughput(many)[0])
    one = bought(network, relief)
    assert one.limit.value == pytest.approx(seen, rel=0.01)
    assert one.limit.low <= seen <= one.limit.high


@pytest.mark.parametrize("what", REMEDIES)
def test_the_knee_moves_as_the_users_do_at_which_the_solved_network_is_nearly_full(what: str) -> None:
    network, relief = REMEDIES[what]
    users = np.arange(1, 1500)

    def nearly_full(solved: networks.Network) -> float:
        return float(np.argmax(solved.throughput(users) >= 0.9 * solved.max_throughput_rps) + 1)

    seen = nearly_full(exact(network, relief)) / nearly_full(exact(network, Relief()))
    assert bought(network, relief).knee.value == pytest.approx(seen, rel=0.15)


def test_a_remedy_of_what_is_not_full_brings_nothing_alone() -> None:
    network = planted(CPU, THREAD, CACHE)
    one = bought(network, Relief({"cache": 1.0}))
    assert one.limit.value == one.limit.high == 1.0
    assert not one.relieves


def test_two_remedies_take_both_parts_away_and_no_part_twice() -> None:
    both = Relief({SCAN: 1.0}).and_by(Relief({APP: 0.5})).and_by(Relief({SCAN: 1.0}))
    assert both.removed(CPU) == pytest.approx(0.6 + 0.1)
    assert Relief({APP: 1.0}, at=frozenset({resources.APP_PROCESS})).removed(CPU) == 0.0


def test_behind_two_limits_that_lie_close_one_remedy_brings_little() -> None:
    close = planted(CPU, replace(THREAD, demand_s=0.0078), CACHE)
    one = bought(close, Relief({SCAN: 1.0}))
    assert one.limit.value == pytest.approx(0.008 / 0.0078)
    assert one.next.name == resources.APP_PROCESS


@pytest.mark.parametrize("tenants", [3_000, 10_000, 30_000])
def test_an_index_on_a_planted_scan_brings_what_the_plan_says(tmp_path: Path, tenants: int) -> None:
    growing = Growing()
    recorded = read(record(tmp_path, [growing.plan(tenants)], FACTS))
    judged = judge(recorded.levels[-1], recorded.checks, draws=0)
    usual = growing.calls * growing.other_ms  # an indexed call takes no longer than the other statement
    truth = (growing.scan_ms(tenants) + growing.other_ms + growing.app_ms) / (usual + growing.other_ms + growing.app_ms)
    one = judged.gains["missing-index"]
    assert one.limit.value == pytest.approx(truth, rel=0.15)
    assert one.next.name == resources.HOST_CPU
