"""An endpoint whose few requests are most of the application's work."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.level.level_data import LevelData
from analysis.record.tenant_costs import ELSEWHERE
from analysis.thresholds import Threshold
from rampart.tables import SPANS

_TOTAL = SPANS.index("total")
_ELSEWHERE = [SPANS.index(name) for name in ELSEWHERE]
COMPUTING_MS = Threshold(
    "COMPUTING_MS", 250.0, "ms that the application computes for a mean request at low load",
    "judged: in requests as rare as this it is a job and not a page",
)  # fmt: skip
RARE = Threshold(
    "RARE", 0.1, "of the requests",
    "judged: what is asked for more often is a page",
)  # fmt: skip
MOST = Threshold(
    "MOST", 0.5, "of what the target spends on all requests",
    "judged: the larger part",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Computed:
    """An endpoint whose few requests are most of the application's work."""

    endpoint: str
    low_ms: float  # the application's own time in a mean request at low load, or in the quickest ones
    asked: float  # its share of the requests
    taken: float  # its share of the target's own time


def computed(level: LevelData) -> Computed | None:
    """The endpoint that computes for long, seldom, and for most of the time; None: there is none."""
    costs = level.requests.costs.get(level.tenants)
    if costs is None or not level.low:
        return None
    best = max(range(len(level.requests.endpoints)), key=costs.share_of_endpoint, default=None)
    if best is None:
        return None
    count = sum(int(level.requests.count[p.index, best]) for p in level.low)
    spans = sum(level.requests.span_ms[p.index, best] for p in level.low)
    often = max(float(costs.count[:, best].sum()), 1.0)
    # What is asked for once in a hundred requests may be missing from the low stages: then its quickest answers tell.
    least = float(costs.spent_ms()[:, best].sum()) / often
    own = float(spans[_TOTAL] - sum(spans[i] for i in _ELSEWHERE)) / count if count else least
    asked = often / max(float(costs.count.sum()), 1.0)
    taken = costs.share_of_endpoint(best)
    found = Computed(level.requests.endpoints[best], own, asked, taken)
    return found if own >= COMPUTING_MS and asked <= RARE and taken >= MOST else None
