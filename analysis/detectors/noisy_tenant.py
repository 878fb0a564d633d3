"""One tenant's requests take most of what the target can do, and all others wait for them."""

from __future__ import annotations

import numpy as np

from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._starved import waiting_ms
from rampart.model import Evidence, Finding, Remedy

_MOST = 0.5  # of the target's own time, spent on one tenant [judged]
_OUT_OF_PROPORTION = 2.0  # times its share of the requests [judged]
_SEEN = 3  # requests, for one that was held up by chance is no cost of its tenant [judged]
_TENANTS = 5  # among fewer it is no wonder that one takes most [judged]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    costs = case.requests.costs.get(case.tenants)
    if costs is None or len(costs.tenants) < _TENANTS:
        return None
    spent = costs.spent_ms()
    worst = int(np.argmax(spent.sum(1)))
    share, asked = spent[worst].sum() / spent.sum(), costs.count[worst].sum() / costs.count.sum()
    if share < _MOST or share < _OUT_OF_PROPORTION * asked:
        return None
    tenant, column = int(costs.tenants[worst]), int(np.argmax(spent[worst]))
    if costs.count[worst, column] < _SEEN:
        return None
    endpoint = case.requests.endpoints[column]
    evidence = [
        Evidence(
            f"tenant {tenant} sends {asked:.0%} of the requests and takes {share:.0%} of the time that the target "
            "spends on its own work",
            float(share),
            f">= {_MOST:.0%}, and {_OUT_OF_PROPORTION:g} times its share of the requests",
            "requests tenant and spans: the least own time by tenant and endpoint, times their number",
        ),
        _compared(costs.least_ms[:, column], worst, tenant, endpoint),
    ]
    remedy = Remedy(
        f"Bound what one {endpoint} may take (rows, time), make large ones in a job, and give each tenant a share of "
        "its own: so many at once, so much processor time a minute. Then see why its cost outgrows its data."
    )
    return supported(
        "noisy-tenant", "app", case, blame.share(waiting_ms(blame) * float(share)), evidence, remedy,
        resource=f"tenant {tenant}", endpoint=endpoint,
    )  # fmt: skip


def _compared(least_ms: np.typing.NDArray[np.float64], worst: int, tenant: int, endpoint: str) -> Evidence:
    others = np.delete(least_ms, worst)
    usual = float(np.median(others[np.isfinite(others)])) if np.isfinite(others).any() else float("nan")
    return Evidence(
        f"{endpoint} of tenant {tenant} takes at least {least_ms[worst]:,.0f} ms, that of the others {usual:,.0f} ms",
        float(least_ms[worst]),
        "what others of its size need",
        "requests total_ms less pool_ms, db_ms, cache_ms, queue_ms, mail_ms, downstream_ms",
    )


DETECTOR = Detector("noisy-tenant", "app", "One tenant's requests starve the others.", _detect)
