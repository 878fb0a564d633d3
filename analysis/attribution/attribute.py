"""Who is to blame for the added milliseconds, once waiting is passed on to what was waited for.

A queue forms in front of the pool, in the accept queue or in the event loop, and none of them need be the limit. By the
operational laws the waiting of a closed system belongs to the resource that saturates. So what a request spends in
somebody's work (a statement, a mail) is blamed on that work, and what it merely waits is passed on: from the pool to
what holds its connections, and from a saturated processor to those who use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis import thresholds
from analysis.attribution.latency_ledger import Ledger
from analysis.attribution.nested_pool import SPANS_OF
from analysis.attribution.pool_waiting import passed_on, spread_over_statements, to_held_workers
from analysis.attribution.wait_routing import WaitRouting
from rampart import resources
from rampart.finding import Evidence
from rampart.resources import ResourceName


@dataclass(frozen=True, slots=True)
class Attribution:
    """Added milliseconds per request by cause; they sum up to what was added. Shares are of `added`."""

    added: float
    statements: dict[str, float]
    spans: dict[str, float]  # mail, downstream, cache, queue, pooler, outside
    pool: float
    app: float
    unexplained: float
    saturated: dict[ResourceName, float]  # utilisation at the knee of what is saturated there
    hold_ms: tuple[float, float] | None  # a connection's mean hold at the low stages and at the knee
    hold_in_database: float | None  # share of the hold at the knee that the server spent executing

    places: Mapping[str, float] = field(default_factory=dict)  # as in `WaitRouting`
    noticeable: bool = True  # that latency rose enough for shares of it to mean anything

    def share(self, milliseconds: float) -> float:
        return min(max(milliseconds / self.added, 0.0), 1.0) if self.noticeable and self.added > 0 else 0.0


def attribute(entries: Ledger, by: WaitRouting) -> Attribution:
    """Pass the ledger's waiting on."""
    statements, app, pool, rest = dict(entries.statements), 0.0, 0.0, 0.0
    spans = {name: ms for name, ms in entries.outside_work.items() if ms > 0}
    full = resources.POOLER in by.saturated and by.behind is None  # else they wait for a processor
    for wait, is_pool in (
        (0.0 if full else spans.pop("pooler", 0.0), by.behind is not None),
        (entries.pool, True),
        (entries.app + entries.before_app, False),
        (entries.unexplained, False),
    ):
        if wait <= 0:
            continue
        if is_pool and full and by.hold_in_pooler >= thresholds.HOLD_IS_DATABASE:
            spans["pooler"] = spans.get("pooler", 0.0) + wait
            continue
        if is_pool and by.behind in SPANS_OF:
            spans[SPANS_OF[by.behind]] = spans.get(SPANS_OF[by.behind], 0.0) + wait
            continue
        if not is_pool and by.places:
            rest += to_held_workers(wait, by, statements, spans)
            continue
        to_pool, to_database, to_app = (1.0, 0.0, 0.0) if is_pool and by.pool_is_limit else passed_on(is_pool, by)
        pool += wait * to_pool
        app += wait * to_app
        left = wait * (1 - to_pool - to_database - to_app)
        if by.beside and (to_database, to_app) == by.busy:
            spans["outside"] = spans.get("outside", 0.0) + left
        else:
            rest += left
        spread_over_statements(statements, by.demand, wait * to_database)
    if not by.pooler_is_limit:
        waited = spans.pop("pooler", 0.0)
        app += waited * by.pooler_kept
        spread_over_statements(statements, by.demand, waited * (1 - by.pooler_kept))
    total = sum(statements.values()) + sum(spans.values()) + pool + app + rest
    noticeable = entries.added >= max(thresholds.ADDED_MS, thresholds.ADDED_SHARE * by.base_ms)
    return Attribution(
        total, statements, spans, pool, app, rest, by.saturated, by.hold_ms, by.hold_in_database, by.places, noticeable
    )  # fmt: skip


def evidence_of(share: float, attribution: Attribution) -> Evidence:
    """How a share of the added latency came about, so that it can be told from the ledger's raw parts."""
    return Evidence(
        f"{share * attribution.added:,.0f} of the {attribution.added:,.0f} ms added to a mean request up to the knee "
        "are blamed on it: its own time, and the waiting of others for what it fills",
        share,
        "the share of the waiting that its remedy can take away",
        "requests spans, readings-statements db.statement.exec_ms; docs/method.md says how waiting is passed on",
    )
