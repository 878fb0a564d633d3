"""Closed networks of queues with think time, solved exactly.

`N` users think for `Z` seconds, then visit stations with demand `D_k` seconds on `c_k` servers. The stationary law has
a product form with a normalising constant `G(N)`, and the throughput is `X(N) = G(N - 1) / G(N)` (Buzen 1973). `G` is
the convolution of one sequence per station, taken here in log space, all terms positive, so that nothing cancels and
nothing overflows: a mean-value recursion with load-dependent stations is unstable (Casale & Serazzi).

The true knee is where the two asymptotes cross: `N* = Xmax (R0 + Z)`, with `R0 = sum D_k` the response time of a lone
user and `Xmax` the largest throughput that the system reaches at any population.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

Floats = NDArray[np.float64]


class Truth(Protocol):
    """A system whose throughput at any number of users, and whose knee, are known."""

    @property
    def knee_users(self) -> float: ...

    @property
    def max_throughput_rps(self) -> float: ...

    def throughput(self, users: NDArray[np.int64]) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Station:
    """One queue: `demand_s` seconds of service per request, shared by `servers` servers."""

    demand_s: float
    servers: int = 1


@dataclass(frozen=True, slots=True)
class Network:
    """Stations and a think time in seconds; every station serves at a constant speed, so throughput only ever rises."""

    stations: tuple[Station, ...]
    think_s: float

    @property
    def max_throughput_rps(self) -> float:
        return min(s.servers / s.demand_s for s in self.stations)

    @property
    def knee_users(self) -> float:
        return self.max_throughput_rps * (self.think_s + sum(s.demand_s for s in self.stations))

    def throughput(self, users: NDArray[np.int64]) -> Floats:
        """Exact throughput in requests/s at each of `users` (any shape, each at least 1)."""
        log_g = _thinking(self.think_s, int(users.max()))
        for station in self.stations:
            log_g = _through(station, log_g)
        return np.asarray(np.exp(log_g[users - 1] - log_g[users]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Contended:
    """One station whose speed depends on how many are in it: `rate(n)` requests/s with `n` there. See `contended`."""

    rate: Callable[[Floats], Floats]
    think_s: float
    max_throughput_rps: float

    @property
    def knee_users(self) -> float:
        return self.max_throughput_rps * (self.think_s + 1.0 / float(self.rate(np.ones(1))[0]))

    def throughput(self, users: NDArray[np.int64]) -> Floats:
        """Exact throughput in requests/s at each of `users` (1-d, each at least 1)."""
        largest = int(users.max())
        log_think = _thinking(self.think_s, largest)
        rates = self.rate(np.arange(1, largest + 1, dtype=np.float64))
        log_station = np.concatenate(([0.0], -np.cumsum(np.log(rates))))
        return np.array([np.exp(_at(n - 1, log_think, log_station) - _at(n, log_think, log_station)) for n in users])


def contended(rate: Callable[[Floats], Floats], think_s: float, horizon: int) -> Contended:
    """A `Contended` system whose peak is sought below `horizon` users; beyond, throughput must fall or stay level."""
    blank = Contended(rate, think_s, 0.0)
    coarse = np.unique(np.geomspace(1, horizon, 80).astype(np.int64))
    top = int(np.argmax(blank.throughput(coarse)))
    around = coarse[max(0, top - 1)], coarse[min(len(coarse) - 1, top + 1)]
    fine = np.unique(np.linspace(*around, 120).astype(np.int64))
    return Contended(rate, think_s, float(blank.throughput(fine).max()))


def _at(n: int, log_a: Floats, log_b: Floats) -> float:
    """Term `n` of the convolution of two sequences given by their logarithms."""
    return float(logsumexp(log_a[: n + 1] + log_b[n::-1]))


def _thinking(think_s: float, largest: int) -> Floats:
    """`log(Z^n / n!)` for n = 0 .. largest; without think time the users are all inside."""
    n = np.arange(largest + 1, dtype=np.float64)
    if think_s <= 0:
        return np.where(n == 0, 0.0, -np.inf)
    return np.asarray(n * np.log(think_s) - gammaln(n + 1), dtype=np.float64)


def _through(station: Station, log_g: Floats) -> Floats:
    """Convolve with a station: `f(j) = D^j / j!` below `c` servers, geometric with ratio `D / c` from `c` on."""
    c, size = station.servers, len(log_g)
    parts = []
    for j in range(min(c, size)):
        parts.append(_shifted(log_g, j) + j * np.log(station.demand_s) - gammaln(j + 1))
    tail = _shifted(log_g, c) + c * np.log(station.demand_s) - gammaln(c + 1)
    drift = np.arange(size) * np.log(station.demand_s / c)
    parts.append(np.logaddexp.accumulate(tail - drift) + drift)
    return np.asarray(np.logaddexp.reduce(np.array(parts), axis=0), dtype=np.float64)


def _shifted(values: Floats, by: int) -> Floats:
    if by == 0:
        return values
    return np.concatenate((np.full(min(by, len(values)), -np.inf), values[:-by]))
