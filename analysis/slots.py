"""What holds the application's workers where nothing is full: a thread or process that waits takes no other request.

Nobody counts such workers. But a closed system whose throughput ends while no processor and no pool is full has run out
of places, and a place is held for what a request does in it: by its parts at low load, where nobody waits for a place.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis import thresholds as limits
from analysis.case import Case
from analysis.ledger import loads, published

_WAITED_FOR = ("mail", "downstream", "outside")
EXECUTED = "db"  # the share that is execution in the database


def held_for(case: Case, saturated: Mapping[str, float]) -> dict[str, float]:
    """By span, and for the database, the share of a request's time at low load that it waits for them; {} where that
    is not the limit.

    An event loop takes others in while a request waits, so where one is read this is no limit.
    """
    seen = case.utilisation("busiest app process") is not None and case.utilisation("host cpu") is not None
    if saturated or not seen or case.readings.of("loop.lag_ms"):
        return {}
    low, _ = loads(case)
    whole, sent = low.means["latency"], published(case)
    shares = {name: low.means[name] / whole for name in _WAITED_FOR if name in sent and whole > 0}
    shares[EXECUTED] = sum(low.executed.values()) / whole if whole > 0 else 0.0
    total = sum(shares.values())
    return {name: share / max(total, 1.0) for name, share in shares.items()} if total >= limits.PLACE_WAITS else {}
