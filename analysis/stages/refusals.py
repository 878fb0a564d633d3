"""What is refused although nobody has to wait: a request that the scenario gets wrong, or a part that is broken.

A target refuses for want of room only under load. What fails with hardly anybody there fails for another reason (no
such page, not signed in, an answer that the scenario does not expect), and costs less or more than a success would: no
knee of such a load says anything of the target.
"""

from __future__ import annotations

import numpy as np

from analysis import thresholds
from analysis.record.requests import Requests


def refused(requests: Requests) -> tuple[str, bool]:
    """Endpoints that refuse most of what one user alone asks for, in words, empty where there are none; and whether
    they make up so much of the load that no verdict stands."""
    if not requests.count.size:
        return "", False
    said: list[str] = []
    spoiled = False
    for tenants in sorted({s.tenants for s in requests.stages}):
        level = [(index, s) for index, s in enumerate(requests.stages) if s.tenants == tenants]
        alone = [index for index, s in level if s.users == 1]
        seen, bad = requests.count[alone].sum(0), requests.refused[alone].sum(0)
        broken = np.flatnonzero((seen >= thresholds.ALONE_REQUESTS) & (bad > thresholds.ALONE_REFUSED * seen))
        asked = requests.count[[index for index, s in level if s.purpose != "profile"]].sum(0)
        spoiled |= bool(asked[broken].sum() > thresholds.REFUSED_LOAD * asked.sum())
        at = f" at {tenants:,} tenants" if tenants else ""
        said += [f"{bad[e] / seen[e]:.0%} of {requests.endpoints[e]}{at}" for e in broken]
    return "; ".join(said[:3]), spoiled
