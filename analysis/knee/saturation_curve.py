"""The curve between the two asymptotes: exactly that of one server that finitely many users visit between thoughts.

With `n` users and a think time of `a` service times, the server idles with the probability `B(n, a)` of Erlang's loss
formula (Palm 1947), so `X / Xmax = 1 - B(n, a)`, and the knee is at `a + 1` users. Users in groups of `k` scale
both numbers: `k` > 1 rounds the corner as further queues do, `k` < 1 sharpens it as further servers do, and `k` = 0 is
the sharp hinge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln

Floats = NDArray[np.float64]

SOFTNESS = np.geomspace(0.1, 12.0, 9)  # k; exact networks need 0.2 (many servers, no think time) to 10 (equal queues)
SOFTNESS_SPREAD = 1.0  # ln k is normal around 0
SMALLEST = 1.3  # groups at the knee; fewer have no corner at all
SHARP = 1e5  # groups at the knee beyond which the corner is narrower than a quarter of a percent
UNDERFLOW = 1e-250
DEPTH = 24


def log_shape(users: Floats, knee: Floats, softness: Floats) -> Floats:
    """`ln(X / Xmax)` at each of `users`, shape (..., len(users)) for `knee` and `softness` that broadcast to (...)."""
    groups = np.maximum(knee / softness, SMALLEST)[..., None]
    share = users / np.broadcast_to(np.asarray(knee), groups.shape[:-1])[..., None]
    soft = 1.0 - _loss(np.maximum(share * np.minimum(groups, SHARP), 1.0), np.minimum(groups, SHARP) - 1.0)
    lone = share * groups < 1.0
    return np.log(np.where((groups >= SHARP) | lone, np.minimum(share, 1.0), np.minimum(soft, 1.0)))


def _loss(servers: Floats, load: Floats) -> Floats:
    """Erlang's B for real `servers` >= 1: incomplete gamma function, or a continued fraction where it underflows."""
    servers, load = np.broadcast_arrays(servers, load)
    tail = gammaincc(servers + 1.0, load)
    log_b = servers * np.log(load) - load - gammaln(servers + 1.0) - np.log(np.maximum(tail, UNDERFLOW))
    loss: Floats = np.exp(np.minimum(log_b, 0.0))
    tiny = tail <= UNDERFLOW
    loss[tiny] = _overloaded(servers[tiny], load[tiny])
    return loss


def _overloaded(servers: Floats, load: Floats) -> Floats:
    """The same for a load far above the servers (Legendre's continued fraction of the incomplete gamma function)."""
    excess = load - servers
    rest = np.zeros_like(excess)
    for level in range(DEPTH, 0, -1):
        rest = level * np.maximum(servers - level + 1.0, 0.0) / np.maximum(excess + 2.0 * level + rest, 1.0)
    return np.clip((excess + rest) / load, 0.0, 1.0)
