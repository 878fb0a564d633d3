"""To whom waiting for a pool, or for a processor, is passed on: to what those do meanwhile who hold it."""

from __future__ import annotations

from collections.abc import Mapping

from analysis import thresholds
from analysis.attribution.wait_routing import WaitRouting
from analysis.attribution.worker_slots import EXECUTED
from rampart import resources


def passed_on(is_pool: bool, by: WaitRouting) -> tuple[float, float, float]:
    """The shares of some waiting that belong to the pool itself, to the database, and to the application."""
    inside = by.hold_in_database
    if is_pool and inside is not None and inside >= thresholds.HOLD_IS_DATABASE:
        return 0.0, 1.0, 0.0
    if any(by.busy) or by.beside:
        return 0.0, *by.busy
    if (
        is_pool
        and inside is not None
        and by.hold_ms is not None
        and by.hold_ms[1] >= thresholds.HOLD_INFLATED * by.hold_ms[0]
    ):
        # Bursts fill a processor that is not full on the mean: a hold that load lengthens belongs where it is spent.
        return 0.0, inside, 1 - inside
    return (1.0, 0.0, 0.0) if is_pool or resources.POOL in by.saturated else (0.0, 0.0, 0.0)


def to_held_workers(wait: float, by: WaitRouting, statements: dict[str, float], spans: dict[str, float]) -> float:
    """Share a wait out among what workers are held for meanwhile; what is left of it."""
    for name, share in by.places.items():
        if name == EXECUTED:
            spread_over_statements(statements, by.demand, wait * share)
        else:
            spans[name] = spans.get(name, 0.0) + wait * share
    return wait * (1 - sum(by.places.values()))


def spread_over_statements(statements: dict[str, float], demand: Mapping[str, float], milliseconds: float) -> None:
    """Blame waiting for the database on its statements, in proportion to the execution that each request asks for.

    Demand, not growth: whoever uses most of a full resource makes the others wait, however steady its own time is.
    """
    total = sum(demand.values())
    for statement, ms in demand.items():
        if total > 0 and ms > 0.005 * total:
            statements[statement] = statements.get(statement, 0.0) + milliseconds * ms / total
