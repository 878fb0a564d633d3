"""Planted causes before the database: a PgBouncer with two server connections, full at 100 requests a second."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import APP, COUNTER, NONE, Cause, Values, active, work
from tests.planted.recording import Plan

POOL = label_text({"database": "saas", "user": "saas"})
DATABASE = label_text({"database": "saas"})
HELD_MS = 20.0  # for which a request keeps a server connection


def pooled(
    finding: str = "pooler", *, statement_ms: float = 0.5, calls: float = 2.0, lengthened: float = 1.0,
    open_ms: float | None = None, size: float = 2.0, cpu: float = 0.5, behind_pool: bool = False, read: bool = True,
) -> Cause:  # fmt: skip
    """Each request keeps a server connection for 20 ms and executes `calls` statements of `statement_ms` on it.

    `lengthened`: how many times as long they take at the knee, where it is 20 ms then; `open_ms`: for so long it is in
    a transaction, else only while it executes; `cpu`: busy processors, of two; `behind_pool`: clients are ten
    connections of the application.
    """

    def executing(rate: float) -> float:
        return statement_ms * (lengthened if rate >= 99 else 1.0)

    def waited(rate: float, latency: float) -> float:
        """In the pooler, per request."""
        return max(min(latency, 10_000 / rate if behind_pool else latency) - HELD_MS, 0.0)

    def counters(users: int, rate: float, latency: float) -> Values:
        query_ms = calls * executing(rate) * rate
        console = {
            ("pooler.transactions", DATABASE): calls * rate,
            ("pooler.queries", DATABASE): calls * rate,
            ("pooler.query_ms", DATABASE): query_ms,
            ("pooler.transaction_ms", DATABASE): query_ms if open_ms is None else open_ms * rate,
            ("pooler.wait_ms", DATABASE): waited(rate, latency) * rate,
        }
        found = {**work("12", calls * rate, executing(rate)), **(console if read else {})}
        found[("host.cpu_busy_s", NONE)] = cpu
        if open_ms is not None:
            found[("db.idle_in_transaction_ms", NONE)] = (open_ms - calls * statement_ms) * rate
        if behind_pool:
            found[("pool.usage_ms", APP)] = (HELD_MS + waited(rate, latency)) * rate
            found[("pool.requests", APP)] = rate
        return found

    def gauges(users: int, rate: float, latency: float) -> Values:
        taken = min((HELD_MS - calls * (executing(100) - executing(rate))) * rate / 1000, size)
        idle = 0.0 if open_ms is None else open_ms * rate / 1000
        console = {
            ("pooler.servers_active", POOL): taken,
            ("pooler.servers_idle", POOL): size - taken,
            ("pooler.size", POOL): size,
            ("pooler.clients_waiting", POOL): waited(rate, latency) * rate / 1000,
            ("pooler.wait_age_s", POOL): waited(rate, latency) / 1000,
        }
        sessions = {
            active("12"): calls * executing(rate) * rate / 1000,
            active("12", "Client", "ClientRead", "idle in transaction"): idle,
            ("db.idle_in_transaction_age_s", NONE): 2 * (open_ms or 0.0) / 1000,
            ("db.connections.used", NONE): size,
            ("db.connections.limit", NONE): 97.0,
        }
        own = {("pool.limit", APP): 10.0, ("pool.size", APP): 10.0} if behind_pool else {}
        return {**sessions, **(console if read else {}), **own}

    where = "pool" if behind_pool else "db"
    return Cause(finding, Plan(where=where, unloaded_ms=HELD_MS, counters=counters, gauges=gauges), COUNTER)
