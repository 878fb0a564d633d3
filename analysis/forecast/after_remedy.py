"""What comes next: the servers of the network after the first remedy, and the ladder of remedies after it.

A limit is named by the finding that most of what is left of its server's demand is about, however small its share was
so far, or by the one that names the server itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np

from analysis.detectors._found import general
from analysis.forecast.utilisation_law import RESOURCES, Limit
from analysis.network.gain import LIMIT_SPREAD, gain, taken_s, users_at
from analysis.network.server import APP, STATEMENT, UNKNOWN, Network, Relief, Server
from analysis.ranking.gains import of_limit
from analysis.ranking.judge import JudgedLevel
from rampart import resources
from rampart.finding import Interval
from rampart.prediction import PredictedLimit, PredictedStep

_MOST = 3  # limits, and steps of the ladder, that are told


def upcoming(judged: JudgedLevel) -> list[PredictedLimit]:
    """The limits that remain once the first bottleneck is gone, the nearest first, each finding once."""
    first, network = judged.first, judged.network
    if first is None or network is None or first.id not in judged.reliefs:
        return []
    relief, now = judged.reliefs[first.id], first.limit_users or 0.0
    left = [
        server for server in network.servers
        if not relief.lifted(server) and server.name != resources.UNSEEN and relief.removed(server) < 1
    ]  # fmt: skip
    rows = sorted((_limit(judged, network, server, relief) for server in left), key=lambda row: row.users)
    nearest: dict[str, Limit] = {}  # one finding may name two servers: the host, and the process on it
    for row in rows:
        if row.users >= now:
            nearest.setdefault(row.id, row)
    return [row.predicted() for row in nearest.values()][:_MOST]


def _limit(judged: JudgedLevel, network: Network, server: Server, relief: Relief) -> Limit:
    """Where a server is full after a remedy."""
    users = users_at(network, relief, server)
    cycle_ms = relief.response_ms(network) + network.think_ms
    spread = float(np.hypot(LIMIT_SPREAD, server.spread))
    return Limit(named(judged, server, relief), server.name, 1000 * users / max(cycle_ms, 1e-9), users, spread)


def named(judged: JudgedLevel, server: Server, relief: Relief) -> str:
    """The finding that what is left of a server's demand is mostly about."""
    rest = {name: r for name, r in judged.reliefs.items() if r is not relief and r not in relief.also}
    if lifting := sorted(n for n, other in rest.items() if other.lifted(server) and not other.of_hardware()):
        return lifting[0]
    left = taken_s(server, relief)
    about = {name: left - taken_s(server, relief.and_by(other)) for name, other in rest.items()}
    seen = reduce(Relief.and_by, rest.values(), relief)
    for part, share in server.parts.items():  # what no finding is about
        if part != UNKNOWN:
            by = general(APP if part == APP else STATEMENT) if part == APP or part.startswith(STATEMENT) else ""
            about[by] = about.get(by, 0.0) + share * seen.kept(part, server) * server.demand_s / server.capacity
    most = max(sorted(about), key=lambda name: about[name], default="")
    own = RESOURCES.get(server.name, (str(server.name), 1.0))[0]
    asked = most in rest and relief.and_by(rest[most]).removed(server) > relief.removed(server)
    return most if most and (asked or server.name == resources.HOST_CPU) else own


def ladder(judged: JudgedLevel) -> list[PredictedStep]:
    """What to mend in turn, each with the knee that it brings; it ends where no remedy that is known relieves the next
    limit."""
    return list(_steps(judged))


def _steps(judged: JudgedLevel) -> Iterator[PredictedStep]:
    first, network = judged.first, judged.network
    if first is None or network is None or first.id not in judged.gains or first.limit_users is None:
        return
    name, mended, relief, held = first.id, set[str](), Relief(), 1.0
    while name in judged.reliefs and name not in mended and len(mended) < _MOST:
        relief, mended = relief.and_by(judged.reliefs[name]), mended | {name}
        one = gain(network, relief)
        if one is None:
            return
        by = of_limit(one, first)
        if by.value <= held:  # that is for nothing, or only together with what comes after it
            return
        held = by.value
        yield PredictedStep(name, Interval(*(first.limit_users * value for value in (by.value, by.low, by.high))))
        name = named(judged, one.next, relief)
