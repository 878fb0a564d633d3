"""What holds the application's workers where nothing is full: a thread or process that waits takes no other request.

Nobody counts such workers. But a closed system whose throughput ends while no processor and no pool is full has run out
of places, and a place is held for what a request does in it: what it takes alone, and what its parts have grown by. The
rest of its time at the knee is waiting for a place.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis import thresholds as limits
from analysis.case import Case
from analysis.ledger import Load, loads, mix, published

_WAITED_FOR = ("mail", "downstream", "outside")
EXECUTED = "db"  # the share that is execution in the database, waiting for locks included


def held_for(case: Case, saturated: Mapping[str, float]) -> dict[str, float]:
    """By span, and for the database, the share of the time that a request at the knee holds a place in which it waits
    for them; {} where that is not the limit.

    An event loop takes others in while a request waits, so where one is read this is no limit.
    """
    seen = case.utilisation("busiest app process") is not None and case.utilisation("host cpu") is not None
    if saturated or not seen or case.readings.of("loop.lag_ms"):
        return {}
    (low, high), sent = loads(case), published(case)
    names = [*(name for name in _WAITED_FOR if name in sent), EXECUTED]
    grown = sum(max(_part(high, name) - _part(low, name), 0.0) for name in names)
    whole = min(low.means["latency"], _alone_ms(case)) + grown
    shares = {name: _part(high, name) / whole for name in names} if whole > 0 else {}
    total = sum(shares.values())
    return {name: share / max(total, 1.0) for name, share in shares.items()} if total >= limits.PLACE_WAITS else {}


def _part(load: Load, name: str) -> float:
    return sum(load.executed.values()) if name == EXECUTED else load.means[name]


def _alone_ms(case: Case) -> float:
    """What a mean request takes of one user alone, ms, by the profile; infinite where that does not know enough."""
    alone = {row.endpoint: row.latency_ms for row in case.profile}
    known = [
        (share, alone[name]) for name, share in zip(case.requests.endpoints, mix(case), strict=True) if name in alone
    ]
    covered = sum(share for share, _ in known)
    return sum(share * ms for share, ms in known) / covered if covered >= limits.ALONE_SEEN else float(np.inf)
