"""Planted causes around a streaming replica."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, texts, work
from tests.planted.recording import Plan

ORDERS = label_text({"table": "public.orders"})
READ = "SELECT day, count(*) FROM orders WHERE shop_id = $1 GROUP BY day"


def full_of_reads(
    *, text: str = READ, writes: float = 0.05, on_replica: float = 0.0, lag_s: float = 0.1, replica: bool = True,
    own_cores: bool = True, together: bool = False, locks: float = 0.0, call_ms: float = 8.0,
) -> Cause:  # fmt: skip
    """One core of the primary is full of a statement of 8 ms (`call_ms`); `writes`: what another takes, over that.

    `on_replica`: of the rows read, the share that the replica reads. `own_cores`: each server has some of its own;
    else the machine is full, and `together`: with the replica's work too.
    """

    def counters(users: int, rate: float, latency: float) -> Values:
        took = max(latency - 12, call_ms)
        statements = {**work("51", rate, took), **work("52", rate, writes * took)}
        full = min(1.0, rate * call_ms / 800)
        cpu = 0.96 * full if own_cores else 1.7 * full
        host = {
            ("host.cpu_busy_s", NONE): cpu + 0.2 if own_cores else 1.9 * full,
            ("role.cpu_s", label_text({"role": "db"})): cpu,
        }
        rows = 1000.0 * rate
        read = {("db.table.seq_rows", ORDERS): 0.0, ("db.table.index_rows", ORDERS): (1 - on_replica) * rows}
        if own_cores or together:
            host["role.cpu_s", label_text({"role": "replica"})] = 0.01
        if replica:
            read["replica.rows_read", NONE] = on_replica * rows
        return {**statements, **host, **read}

    def gauges(users: int, rate: float, latency: float) -> Values:
        busy = rate * max(latency - 12, call_ms) / 1000
        seen = {active("51"): busy * (1 - locks), active("51", "Lock", "transactionid"): busy * locks}
        seen["db.connections.used", NONE] = 20.0
        if own_cores:
            seen |= {("role.cores", label_text({"role": role})): 1.0 for role in ("db", "replica")}
        if replica:
            seen |= {("replica.lag_s", NONE): lag_s, ("replica.active", NONE): 4 * on_replica}
        return seen

    facts = texts(s51=text, s52="UPDATE orders SET state = $1 WHERE id = $2")
    return Cause("primary-reads", Plan(where="db", work_ms=call_ms, counters=counters, gauges=gauges), facts)


def lagging(*, lag_s: float = 8.0, from_users: int = 60, rows: float = 20.0, part: str = "replay") -> Cause:
    """From so many users on the replica is so far behind; each request reads so many rows from it."""

    def counters(users: int, rate: float, latency: float) -> Values:
        return {("replica.rows_read", NONE): rows * rate}

    def gauges(users: int, rate: float, latency: float) -> Values:
        late = users >= from_users
        behind = {("replica.behind_bytes", label_text({"part": p})): 0.0 for p in ("send", "flush", "replay")}
        behind["replica.behind_bytes", label_text({"part": part})] = 1e7 if late else 1e3
        return {**behind, ("replica.lag_s", NONE): lag_s if late else 0.02, ("replica.active", NONE): 0.2}

    plan = Plan(users=(15, 30, 60, 120), limit_rps=1e9, where="other", counters=counters, gauges=gauges)
    return Cause("replica-lag", plan)
