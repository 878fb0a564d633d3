"""What one remedy alone would buy: where throughput ends then, and the knee, over what they are now.

Asymptotic bounds (Denning and Buzen 1978): throughput ends at the smallest of capacity over demand, and the knee lies
where that meets what users ask for without waiting, X_max (R0 + Z). As ratios, so that what is wrong with the model in
the same way before and after falls out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.network.server import Network, Relief, Server, unseen
from rampart import resources
from rampart.finding import Interval

_DRAWS = 2000
LIMIT_SPREAD = 0.15  # standard deviation of ln(limit / knee), demand known exactly. Measured: 22 levels of the lab
REMOVED_SPREAD = 0.1  # standard deviation of the share of a demand that a remedy takes away, over it. Judged


@dataclass(frozen=True, slots=True)
class Gain:
    """After one remedy alone."""

    limit: Interval  # throughput at which the first server is full, over that now
    knee: Interval  # the same of the knee
    knee_users: float  # where it lies now; where throughput has not ended, at the first limit that is expected
    next: Server  # the server that is full first then
    relieves: bool  # whether it relieves what is full now; else it can bring nothing alone


def gain(network: Network, relief: Relief) -> Gain | None:
    """What a remedy buys; None where no server would be left of which anybody knows.

    A remedy of what nobody sees (`UNSEEN`) takes the limit for that: throughput ends where it was seen to end.
    """
    if not network.servers:
        return None
    servers, before = held_against(network, relief)
    left = [server for server in servers if not relief.lifted(server) and relief.removed(server) < 1]
    if not left:
        return None
    limit = _ratio(left, relief, before, ended=network.knee_users is not None)
    longer = _longer(network, relief)
    knee = Interval(limit.value * longer, limit.low * longer, limit.high * longer)
    first = max(left, key=lambda server: taken_s(server, relief))
    return Gain(limit, knee, network.end_users, first, relief.relieves(servers[0]))


def _longer(network: Network, relief: Relief) -> float:
    """The cycle of a lone user after a remedy over that before."""
    return (relief.response_ms(network) + network.think_ms) / network.alone_ms if network.alone_ms else 1.0


def held_against(network: Network, relief: Relief) -> tuple[list[Server], float]:
    """The servers that a remedy is held against, the limit first, and the throughput that is taken for the end now."""
    servers, ended = list(network.servers), network.knee_users is not None
    if relief.of_unseen() and ended and not relief.relieves(servers[0]) and servers[0].name != resources.UNSEEN:
        servers.insert(0, unseen(network.now_rps))
    elif relief.of_unseen() and ended:
        return servers, network.now_rps
    return servers, servers[0].limit_rps


def users_at(network: Network, relief: Relief, server: Server) -> float:
    """Users at which one server is full after a remedy, in the measure of where throughput ends now."""
    _, now = held_against(network, relief)
    return network.end_users * _longer(network, relief) / taken_s(server, relief) / now


def taken_s(server: Server, relief: Relief) -> float:
    """Seconds of all of a server that one request takes after a remedy."""
    return server.demand_s / server.capacity * (1 - relief.removed(server))


def _ratio(left: Sequence[Server], relief: Relief, before: float, *, ended: bool) -> Interval:
    """The first limit after over that before. The draws use fixed random numbers; nothing is lost by a remedy."""
    value = max(1 / max(taken_s(server, relief) for server in left) / before, 1.0)
    noise = np.random.default_rng(0).normal(size=(2, len(left), _DRAWS))
    demand, removed, spread, sure = (
        np.array(column)[:, None]
        for column in (
            [server.demand_s / server.capacity for server in left],
            [relief.removed(server) for server in left],
            [np.hypot(LIMIT_SPREAD, server.spread) for server in left],
            # Where throughput ended, what is full then stays as full unless it is relieved.
            [ended and server.limit_rps <= before and not relief.removed(server) for server in left],
        )
    )
    share = np.clip(removed * (1 + REMOVED_SPREAD * noise[1]), 0.0, 1.0)
    taken = demand * np.where(sure, 1.0, np.exp(spread * noise[0])) * (1 - share)
    drawn = np.maximum(1 / np.maximum(taken.max(0), 1e-12) / before, 1.0 if ended else 0.0)
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    return Interval(value, min(low, value), max(high, value))
