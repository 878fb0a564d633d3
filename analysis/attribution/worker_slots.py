"""What holds the application's workers where nothing is full: a thread or process that waits takes no other request.

Nobody counts such workers. But a closed system whose throughput ends while no processor and no pool is full has run out
of places, and a place is held for what a request does in it: what it takes alone, and what its parts have grown by. The
rest of its time at the knee is waiting for a place.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.attribution.latency_ledger import LoadMeans, loads, means, mix, published
from analysis.level.level_data import LevelData
from rampart import metrics, resources
from rampart.resources import ResourceName

_WAITED_FOR = ("mail", "downstream", "outside")
EXECUTED = "statements"  # the share that is execution in the database, waiting for locks included


def held_for(level: LevelData, saturated: Mapping[ResourceName, float]) -> dict[str, float]:
    """By span, and for the database, the share of the time that a request at the knee holds a place in which it waits
    for them; {} where that is not the limit.

    An event loop takes others in while a request waits, so where one is read this is no limit.
    """
    seen = level.utilisation(resources.APP_PROCESS) is not None and level.utilisation(resources.HOST_CPU) is not None
    if saturated or not seen or level.readings.of(metrics.LOOP_LAG_MS):
        return {}
    (low, high), sent = loads(level), published(level)
    names = [*(name for name in _WAITED_FOR if name in sent), EXECUTED]
    grown = sum(max(_part(high, name) - _part(low, name), 0.0) for name in names)
    whole = _at_rest_ms(level) + grown
    shares = {name: _part(high, name) / whole for name in names} if whole > 0 else {}
    total = sum(shares.values())
    return {name: share / max(total, 1.0) for name, share in shares.items()}


def _part(load: LoadMeans, name: str) -> float:
    return sum(load.executed.values()) if name == EXECUTED else load.means[name]


def _at_rest_ms(level: LevelData) -> float:
    """What a mean request takes where nobody is in its way, ms: of one user alone, or at low load where that is less.

    By endpoint: what is sent at the begin alone (signing in) comes in a crowd, and no profile has it.
    """
    alone = {row.endpoint: row.latency_ms for row in level.profile}
    by_profile = np.array([alone.get(name, np.inf) for name in level.requests.endpoints])
    weights, least = mix(level), np.fmin(means(level, level.low)["latency"], by_profile)
    seen = weights > 0
    return float((weights[seen] * least[seen]).sum())
