"""A planted way between application and database, seen by connections or told by the application."""

from __future__ import annotations

from typing import Literal

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, pool, texts, work
from tests.planted.recording import Plan


def far_database(
    *, way_ms: float = 10.0, statements: int = 6, executed_ms: float = 0.7, computed_ms: float = 5.0,
    seen: Literal["connections", "span"] = "connections", pooled: bool = False, process: float = 0.3,
) -> Cause:  # fmt: skip
    """Four workers, or connections (`pooled`), each held for a whole request: so many statements, each there and back.

    `seen`: by the application's connections, or by what it tells of its statements; `process`: cores that it uses.
    """
    told = statements * (way_ms + executed_ms)
    unloaded = told + computed_ms

    def counters(users: int, rate: float, latency: float) -> Values:
        held, _ = pool(unloaded, rate, 4.0)
        app = {("process.cpu_s", label_text({"role": "app", "pid": "1"})): process}
        app |= {("role.cpu_s", label_text({"role": "app"})): rate * computed_ms / 1000}
        return {**work("11", statements * rate, executed_ms), **app, **(held if pooled else {})}

    def gauges(users: int, rate: float, latency: float) -> Values:
        way = {("db.round_trip_ms", NONE): way_ms + executed_ms} if seen == "connections" else {}
        size = pool(1, 1, 4.0)[1] if pooled else {}
        sessions = {active("11"): rate * statements * executed_ms / 1000, ("db.connections.used", NONE): 4.0}
        return {**way, **size, **sessions}

    silent = seen == "connections" and not pooled
    plan = Plan(
        users=(5, 10, 20, 40, 80, 160, 60, 120), limit_rps=4 / (unloaded / 1000), unloaded_ms=unloaded,
        where="pool" if pooled else "db", work_ms=0.0 if pooled else told, silent=silent, queued=not pooled,
        counters=counters, gauges=gauges,
    )  # fmt: skip
    return Cause("network", plan, texts(s11="SELECT name FROM items WHERE id = $1"))
