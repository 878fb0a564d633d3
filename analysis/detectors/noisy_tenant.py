"""One tenant's requests, or a few tenants', take most of what the target can do, and all others wait for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.attribution.application_cpu import waiting_ms
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._sign import APP_CPU, BUSIEST_PROCESS
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief
from analysis.record import tenant_costs
from analysis.record.requests import Requests
from analysis.record.tenant_costs import Costs, Ints
from analysis.thresholds import Threshold
from rampart.finding import Evidence, Finding, Remedy

MOST = Threshold("MOST", 0.5, "of the target's own time, spent on so few", "judged: the larger part")
FEW = Threshold("FEW", 0.02, "of the tenants that were seen, and at least one", "judged: more than that are not a few")
OUT_OF_PROPORTION = Threshold(
    "OUT_OF_PROPORTION", 2.0, "times their share of the requests",
    "judged: one with half of the users is half of the business",
)  # fmt: skip
SEEN = Threshold(
    "SEEN", tenant_costs.SEEN, "requests of the costliest there, at the endpoint on which most is spent",
    "judged: one that was held up by chance is no cost of its tenant",
)  # fmt: skip
TENANTS = Threshold("TENANTS", 5, "tenants", "judged: among fewer it is no wonder that one takes most")


@dataclass(frozen=True, slots=True)
class _Noisy:
    """The fewest tenants that take most: their places, costliest first, and their shares of time and of requests."""

    places: Ints
    taken: float
    asked: float
    endpoint: int  # on which most of it is spent


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    costs = level.requests.costs.get(level.tenants)
    noisy = _noisy(costs) if costs is not None and len(costs.tenants) >= TENANTS else None
    if costs is None or noisy is None:
        return None
    endpoint, who = level.requests.endpoints[noisy.endpoint], _who(level.requests, costs, noisy)
    evidence = [
        Evidence(
            f"{who}: {noisy.asked:.0%} of the requests, and {noisy.taken:.0%} of the time that the application itself "
            "spends",
            noisy.taken,
            f">= {MOST:.0%}, and {OUT_OF_PROPORTION:g} times the share of the requests",
            "requests tenant and spans: the least own time by tenant and endpoint, times their number",
        ),
        _compared(costs, noisy, endpoint),
    ]
    remedy = Remedy(
        f"Bound what one {endpoint} may take (rows, time), make large ones in a job, and give each tenant a share of "
        "its own: so many at once, so much processor time a minute. Then see why its cost outgrows its data."
    )
    return supported(
        "noisy-tenant", "app", level, attribution.share(waiting_ms(attribution) * noisy.taken), evidence, remedy,
        resource=who, endpoint=endpoint,
    )  # fmt: skip


def _noisy(costs: Costs) -> _Noisy | None:
    spent = costs.spent_ms()
    by_tenant, known = spent.sum(1), np.flatnonzero(costs.tenants >= 0)  # -1 is nobody in particular
    costliest = known[np.argsort(-by_tenant[known])[: max(int(FEW * len(known)), 1)]]
    needed = int(np.searchsorted(np.cumsum(by_tenant[costliest]), MOST * by_tenant.sum())) + 1
    places = costliest[:needed]
    taken = float(by_tenant[places].sum() / max(by_tenant.sum(), 1e-9))
    asked = float(costs.count[places].sum() / max(costs.count.sum(), 1))
    endpoint = int(np.argmax(spent[places].sum(0)))
    enough = taken >= MOST and taken >= OUT_OF_PROPORTION * asked and costs.count[places, endpoint].sum() >= SEEN
    return _Noisy(places, taken, asked, endpoint) if enough else None


def _who(requests: Requests, costs: Costs, noisy: _Noisy) -> str:
    more = len(noisy.places) - 1
    return f"tenant {requests.tenant(int(costs.tenants[noisy.places[0]]))}" + (f" and {more} more" if more else "")


def _compared(costs: Costs, noisy: _Noisy, endpoint: str) -> Evidence:
    least = costs.least_ms[:, noisy.endpoint]
    others = np.delete(least, noisy.places)
    usual = float(np.median(others[np.isfinite(others)])) if np.isfinite(others).any() else float("nan")
    longest = float(least[noisy.places][np.isfinite(least[noisy.places])].max())
    return Evidence(
        f"{endpoint} takes up to {longest:,.0f} ms there at the least, and {usual:,.0f} ms for the others",
        longest,
        "what others of its size need",
        "requests total_ms less pool_ms, db_ms, cache_ms, queue_ms, mail_ms, downstream_ms",
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Its requests come to cost what those of others do."""
    costs = level.requests.costs.get(level.tenants)
    noisy = _noisy(costs) if costs is not None else None
    return Relief({APP: 1 - (1 - noisy.taken) / (1 - noisy.asked)} if noisy and noisy.asked < 1 else {})


DETECTOR = Detector(
    "noisy-tenant", "app", "One tenant's requests starve the others.", _detect,
    thresholds=(MOST, FEW, OUT_OF_PROPORTION, SEEN, TENANTS),
    relief=_relief,
    headline="tenants that crowd out the others ({resource}, with {endpoint})",
    signs=(APP_CPU, BUSIEST_PROCESS),
)  # fmt: skip
