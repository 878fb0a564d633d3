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
from analysis.attribution.wait_routing import APP, PLACE, POOL, POOLER, STATEMENTS, WaitRouting
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

    places: Mapping[str, float] = field(default_factory=dict)  # what those do who hold the application's workers
    noticeable: bool = True  # that latency rose enough for shares of it to mean anything
    limit: ResourceName | None = None  # what is full; None: nothing that is seen
    for_limit: float = 0.0  # of `added`: waiting for it that is nobody's work

    def share(self, milliseconds: float) -> float:
        return min(max(milliseconds / self.added, 0.0), 1.0) if self.noticeable and self.added > 0 else 0.0


def attribute(entries: Ledger, by: WaitRouting) -> Attribution:
    """Pass the ledger's waiting on."""
    statements, own = dict(entries.statements), dict.fromkeys((POOL, APP), 0.0)
    spans = {name: ms for name, ms in entries.outside_work.items() if ms > 0}
    rest, for_limit = 0.0, 0.0
    for where, wait in (
        (POOLER, spans.pop("pooler", 0.0)),
        (POOL, entries.pool),
        (PLACE, entries.app + entries.before_app),
        (PLACE, entries.unexplained),
    ):
        parts = by.passed_on(where, wait) if wait > 0 else {}
        rest += max(wait, 0.0) - sum(parts.values())
        for_limit += sum(parts.values()) if by.users else 0.0
        _spread(statements, by.demand, parts.pop(STATEMENTS, 0.0))
        for name, ms in parts.items():
            into = own if name in own else spans
            into[name] = into.get(name, 0.0) + ms
    total = sum(statements.values()) + sum(spans.values()) + sum(own.values()) + rest
    noticeable = entries.added >= max(thresholds.ADDED_MS, thresholds.ADDED_SHARE * by.base_ms)
    return Attribution(
        total, statements, spans, own[POOL], own[APP], rest, dict(by.saturated), by.hold_ms, by.hold_in_database,
        {} if by.users else by.holders.get(PLACE, {}), noticeable, by.limit,
        for_limit,
    )  # fmt: skip


def _spread(statements: dict[str, float], demand: Mapping[str, float], milliseconds: float) -> None:
    """Blame waiting for the database on its statements, in proportion to the execution that each request asks for.

    Demand, not growth: whoever uses most of a full resource makes the others wait, however steady its own time is.
    """
    total = sum(demand.values())
    for statement, ms in demand.items():
        if milliseconds > 0 and ms > 0:
            statements[statement] = statements.get(statement, 0.0) + milliseconds * ms / total


def evidence_of(share: float, attribution: Attribution) -> Evidence:
    """How a share of the added latency came about, so that it can be told from the ledger's raw parts."""
    return Evidence(
        f"{share * attribution.added:,.0f} of the {attribution.added:,.0f} ms added to a mean request up to the knee "
        "are blamed on it: its own time, and the waiting of others for what it fills",
        share,
        "the share of the waiting that its remedy can take away",
        "requests spans, readings-statements db.statement.exec_ms; docs/method.md says how waiting is passed on",
    )
