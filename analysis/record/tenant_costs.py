"""What a request costs the target itself, by tenant and endpoint: the least time that it was seen to take of its own.

The least and not the mean, for under load all times are long, and those of a rare request are seldom seen without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.record.request_blocks import OK, Block
from rampart.model import Stage
from rampart.tables import SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What a request has others do: the rest of its time is the application's own.
ELSEWHERE = ("pool", "db", "cache", "queue", "mail", "downstream")
SEEN = 5  # requests of a tenant at an endpoint, from which on the least of them is its own cost (judged)
_SAMPLE = 200_000  # requests looked at; enough for the share of a tenant to a tenth of a percent


@dataclass(slots=True)
class Costs:
    """Of one tenant level. `count` and `least_ms` have the shape (tenant, endpoint)."""

    tenants: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    count: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    least_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    seen: int = 0
    _spent: Floats | None = None  # what `spent_ms` found, until more is taken in

    def add(self, tenant: Ints, endpoint: Ints, own_ms: Floats) -> None:
        """Take in some requests, at least one."""
        self.seen, self._spent = self.seen + len(tenant), None
        self._grow(np.unique(tenant), int(endpoint.max()) + 1)
        cell = (np.searchsorted(self.tenants, tenant), endpoint)
        np.add.at(self.count, cell, 1)
        np.minimum.at(self.least_ms, cell, own_ms)

    def _grow(self, tenants: Ints, endpoints: int) -> None:
        known, wide = np.union1d(self.tenants, tenants), max(endpoints, self.count.shape[1])
        if len(known) == len(self.tenants) and wide == self.count.shape[1]:
            return
        count, least = np.zeros((len(known), wide), np.int64), np.full((len(known), wide), np.inf)
        place = np.searchsorted(known, self.tenants)
        count[place, : self.count.shape[1]] = self.count
        least[place, : self.count.shape[1]] = self.least_ms
        self.tenants, self.count, self.least_ms = known, count, least

    def spent_ms(self) -> Floats:
        """Milliseconds that the target spent on each tenant and endpoint, by their least.

        A tenant that was seldom seen at an endpoint is held to be no dearer there than most: its least may be load.
        """
        if self._spent is None:
            self._spent = self._estimated()
        return self._spent

    def _estimated(self) -> Floats:
        seen = self.count > 0
        usual = np.array([np.median(c[c < np.inf]) if (c < np.inf).any() else 0.0 for c in self.least_ms.T])
        least = np.where(self.count < SEEN, np.minimum(self.least_ms, usual), self.least_ms)
        spent: Floats = np.asarray(self.count * np.where(seen, least, 0.0), np.float64)
        return spent

    def share_of_endpoint(self, endpoint: int) -> float:
        """The part of all that was spent which went to one endpoint, by its place among the names; 0 to 1."""
        spent = self.spent_ms().sum(0)
        return float(spent[endpoint] / spent.sum()) if endpoint < len(spent) and spent.sum() > 0 else 0.0


def costs_wanted(costs: dict[int, Costs], stage: Stage) -> bool:
    """Whether a stage is one of a ramp whose tenant level has not been sampled enough."""
    return stage.purpose != "profile" and (stage.tenants not in costs or costs[stage.tenants].seen < _SAMPLE)


def add_costs(costs: dict[int, Costs], stage: Stage, block: Block) -> None:
    """Add what succeeded in a ramp stage to the costs of its tenant level."""
    rows = block.take(np.flatnonzero(block.outcome == OK))
    if len(rows.start):
        costs.setdefault(stage.tenants, Costs()).add(rows.tenant.astype(np.int64), rows.endpoint, own_ms(rows))


def own_ms(block: Block) -> Floats:
    """What the application itself spent on requests: their times without all that it had others do, ms.

    The client's latency stands in for the target's own total where that is not sent.
    """
    spans = dict(zip(SPANS, block.spans, strict=True))
    total = spans["total"]
    own = block.latency_ms if total is None else np.where(total.there, total.ms, block.latency_ms)
    own = own.astype(np.float64)
    for name in ELSEWHERE:
        if (span := spans[name]) is not None:
            own -= span.ms
    return np.maximum(own, 0.0)
