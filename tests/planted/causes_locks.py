"""A planted table lock that somebody outside of the application takes: who waits for it has no statement yet."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, pool, texts, work
from tests.planted.recording import Plan

_QUICK_MS = 20.0


def table_locked_outside(
    *, waited_ms: float = 180.0, grows: bool = False, pooled: bool = False, prepared: bool = False,
    idle_s: float = 0.0,
) -> Cause:  # fmt: skip
    """Eight places, each held for a whole request, which waits so long until its statement may begin.

    `grows`: only under load, by as much as latency does; `pooled`: the places are connections, else workers;
    `prepared`: the statement is known while it waits; `idle_s`: whoever locked the table does nothing for so long.
    """
    unloaded = _QUICK_MS + (0.0 if grows else waited_ms)

    def waited(latency: float) -> float:
        return latency - _QUICK_MS if grows else waited_ms

    def counters(users: int, rate: float, latency: float) -> Values:
        held, _ = pool(unloaded, rate, 8.0)
        app = {("process.cpu_s", label_text({"role": "app", "pid": "1"})): 0.3}
        return {**work("12", 2 * rate, 1.0), **app, **(held if pooled else {})}

    def gauges(users: int, rate: float, latency: float) -> Values:
        queued = rate * waited(latency) / 1000
        head = {("db.lock_waiters", label_text({"table": "public.orders", "blocker": "77"})): queued}
        sessions = {active("12" if prepared else "unknown", "Lock", "relation"): queued, active("12"): 0.002 * rate}
        if idle_s:
            sessions[active("77", "Client", "ClientRead", "idle in transaction")] = 1.0
            sessions["db.idle_in_transaction_age_s", NONE] = idle_s
        size = pool(1, 1, 8.0)[1] if pooled else {}
        return {**head, **sessions, **size, ("db.connections.used", NONE): 9.0}

    plan = Plan(
        users=(5, 10, 20, 40, 80, 160, 60, 120), limit_rps=8 / ((waited_ms + _QUICK_MS) / 1000), unloaded_ms=unloaded,
        where="pool" if pooled else "db", silent=not pooled, queued=not pooled, counters=counters, gauges=gauges,
    )  # fmt: skip
    finding = "idle-in-transaction" if idle_s else "lock-contention"
    return Cause(finding, plan, texts(s12="SELECT * FROM orders WHERE id = $1", s77="LOCK TABLE orders"))
