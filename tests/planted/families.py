"""Random systems of several kinds, drawn from a seeded generator; the name of a kind says what shapes its curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.planted.networks import Floats, Network, Station, Truth, contended

SMALLEST_KNEE, LARGEST_KNEE = 8.0, 4000.0


def draw(kind: str, rng: np.random.Generator) -> Truth:
    """A system of this kind whose knee lies between 8 and 4,000 users."""
    while True:
        truth = KINDS[kind](rng)
        if SMALLEST_KNEE <= truth.knee_users <= LARGEST_KNEE:
            return truth


def _lognormal(rng: np.random.Generator, median: float, spread: float) -> float:
    return float(median * np.exp(rng.normal(0.0, spread)))


def _one_server(rng: np.random.Generator) -> Truth:
    """Up to six stations with one server each, one of them clearly the slowest most of the time."""
    count = int(rng.integers(1, 7))
    stations = tuple(Station(_lognormal(rng, 0.03, 1.0)) for _ in range(count))
    return Network(stations, _lognormal(rng, 2.0, 1.2))


def _many_servers(rng: np.random.Generator) -> Truth:
    """Stations with 1 to 64 servers: pools, cores, workers."""
    count = int(rng.integers(1, 6))
    stations = tuple(Station(_lognormal(rng, 0.1, 1.0), int(2 ** rng.integers(0, 7))) for _ in range(count))
    return Network(stations, _lognormal(rng, 2.0, 1.2))


def _balanced(rng: np.random.Generator) -> Truth:
    """Two to five stations within a tenth of each other: the softest bend that a product form can have."""
    count, demand = int(rng.integers(2, 6)), _lognormal(rng, 0.03, 0.7)
    stations = tuple(Station(demand * float(rng.uniform(0.9, 1.0))) for _ in range(count))
    return Network(stations, _lognormal(rng, 3.0, 1.0))


def _no_think(rng: np.random.Generator) -> Truth:
    """Users that hardly think: nearly all the users are inside, and the knee is small."""
    count = int(rng.integers(2, 7))
    stations = tuple(Station(_lognormal(rng, 0.1, 0.8), int(2 ** rng.integers(0, 6))) for _ in range(count))
    return Network(stations, float(rng.uniform(0.0, 0.3)))


def _pool(rng: np.random.Generator) -> Truth:
    """At most P requests are admitted to a small network; the rest wait for a slot (flow-equivalent server)."""
    size, count = int(rng.integers(2, 40)), int(rng.integers(1, 4))
    stations = tuple(Station(_lognormal(rng, 0.03, 0.8), int(2 ** rng.integers(0, 4))) for _ in range(count))
    inner = Network(stations, _lognormal(rng, 0.05, 1.0))
    admitted = inner.throughput(np.arange(1, size + 1))
    think_s = _lognormal(rng, 2.0, 1.0)
    asymptote = float(admitted[-1]) * (think_s + 1.0 / float(admitted[0]))
    horizon = max(8, int(3.0 * asymptote))
    return contended(lambda n: admitted[np.minimum(n, size).astype(np.int64) - 1], think_s, horizon)


def _retrograde(rng: np.random.Generator) -> Truth:
    """Coordination cost: beyond `c` requests inside, each further one slows all; throughput peaks, then falls."""
    demand, servers = _lognormal(rng, 0.05, 0.6), int(2 ** rng.integers(0, 6))
    cost, power = float(10 ** rng.uniform(-3.0, -1.3)), float(rng.uniform(0.7, 1.3))

    def rate(n: Floats) -> Floats:
        busy = np.minimum(n, servers) / demand
        return np.asarray(busy / (1.0 + cost * np.maximum(n - servers, 0.0) ** power), dtype=np.float64)

    return _peaked(rate, _lognormal(rng, 2.0, 1.0), demand, servers)


def _lock_thrash(rng: np.random.Generator) -> Truth:
    """Past `limit` requests inside, transactions abort each other and start again: the more are in, the fewer end."""
    demand, servers = _lognormal(rng, 0.05, 0.6), int(2 ** rng.integers(0, 6))
    limit, waste, power = servers * float(rng.uniform(1.5, 6.0)), float(rng.uniform(0.5, 5.0)), float(rng.uniform(1, 2))

    def rate(n: Floats) -> Floats:
        excess = np.maximum(n - limit, 0.0) / limit
        return np.asarray(np.minimum(n, servers) / demand / (1.0 + waste * excess**power), dtype=np.float64)

    return _peaked(rate, _lognormal(rng, 2.0, 1.0), demand, servers)


def _cliff(rng: np.random.Generator) -> Truth:
    """A cliff onto a lower plateau: past `limit` requests inside, the rate drops to a fraction, and stays there."""
    demand, servers = _lognormal(rng, 0.05, 0.6), int(2 ** rng.integers(0, 6))
    limit, floor = servers * float(rng.uniform(1.5, 6.0)), float(rng.uniform(0.3, 0.8))

    def rate(n: Floats) -> Floats:
        fall = floor + (1.0 - floor) / (1.0 + np.exp(np.clip((n - limit) / (0.15 * limit), -50, 50)))
        return np.asarray(np.minimum(n, servers) / demand * fall, dtype=np.float64)

    return _peaked(rate, _lognormal(rng, 2.0, 1.0), demand, servers)


def _peaked(rate: Callable[[Floats], Floats], think_s: float, demand: float, servers: int) -> Truth:
    asymptote = servers / demand * (think_s + demand)
    return contended(rate, think_s, horizon=min(20_000, max(8, int(2.0 * asymptote))))


KINDS: dict[str, Callable[[np.random.Generator], Truth]] = {
    "one-server": _one_server,
    "many-servers": _many_servers,
    "balanced": _balanced,
    "no-think": _no_think,
    "pool": _pool,
    "retrograde": _retrograde,
    "lock-thrash": _lock_thrash,
    "cliff": _cliff,
}
# Of a cliff between two stages no stage shows the peak: the curve looks like that of a smaller system, and no method
# can see its true knee. It is kept apart, to measure how wrong this goes.
VISIBLE = tuple(kind for kind in KINDS if kind != "cliff")
