"""Planted causes of the planner and of the disk."""

from __future__ import annotations

from rampart.model import JSON
from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, of, texts, work
from tests.planted.recording import Plan

LINES = label_text({"table": "public.lines"})
INDEX = "CREATE INDEX l ON public.lines USING btree (order_id)"
LOOP = {
    "Node Type": "Nested Loop",
    "Plan Rows": 5,
    "Plans": [
        {"Node Type": "Index Scan", "Relation Name": "orders", "Index Cond": "(customer_id = $1)", "Plan Rows": 5},
        {"Node Type": "Index Scan", "Relation Name": "lines", "Index Cond": "(order_id = o.id)", "Plan Rows": 1},
    ],
}


def misled(
    *, changed: float = 0.9, analyzed: float = 1.0, inserted: float = 1e6, rows: float = 400.0, plan: JSON | None = None
) -> Cause:
    """A join that expects five rows; `changed`: of the rows of a table since ANALYZE, `rows`: what a call returns."""

    def counters(users: int, rate: float, latency: float) -> Values:
        calls = 0.2 * rate
        pages = {("db.statement.blocks_hit", of("21")): calls * 3 * rows}
        host = {
            ("host.cpu_busy_s", NONE): min(2.0, 2.0 * rate / 100),
            ("role.cpu_s", label_text({"role": "db"})): min(1.7, 1.7 * rate / 100),
        }
        return {**work("21", calls, 60 + 4 * max(latency - 40, 0), rows), **pages, **host}

    def gauges(users: int, rate: float, latency: float) -> Values:
        states = {"live_rows": 1e6, "modified_since_analyze": 1e6 * changed, "analyzed": analyzed}
        states |= {"inserted": inserted, "deleted": 0.0}
        return {(f"db.table.{name}", LINES): value for name, value in states.items()}

    facts = texts(s21="SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.customer_id = $1")
    facts["statements"]["21"]["plan"] = LOOP if plan is None else plan
    facts["tables"] = {"public.lines": {"rows": 1e6, "bytes": 2e8, "indexes": [INDEX]}}
    return Cause("stale-statistics", Plan(where="pool", unloaded_ms=40.0, counters=counters, gauges=gauges), facts)


def slow_disk(
    *, pages: float = 100.0, hits: float = 1000.0, pressure: float = 0.6, wait: str = "DataFileRead"
) -> Cause:
    """A look-up that waits for pages from disk; the machine waits with it."""

    def counters(users: int, rate: float, latency: float) -> Values:
        blocks = {("db.blocks_read", NONE): pages * rate, ("db.blocks_hit", NONE): hits * rate}
        host = {("host.io_pressure_s", NONE): pressure, ("role.cpu_s", label_text({"role": "db"})): 0.2}
        return {**work("31", rate, max(latency - 15, 5)), **blocks, **host}

    def gauges(users: int, rate: float, latency: float) -> Values:
        waiting = rate * max(latency - 16, 4) / 1000
        return {active("31", "IO", wait): waiting, active("31"): 0.3, ("db.connections.used", NONE): 20.0}

    facts = texts(s31="SELECT body FROM documents WHERE id = $1")
    return Cause("db-io", Plan(where="db", counters=counters, gauges=gauges), facts)


def slow_log() -> Cause:
    """Commits wait for the write-ahead log; no statement shows it."""

    def counters(users: int, rate: float, latency: float) -> Values:
        return work("32", rate, 1.0)

    def gauges(users: int, rate: float, latency: float) -> Values:
        waiting = rate * max(latency - 15, 2) / 1000
        return {active("33", "IO", "WalSync"): waiting, active("32"): 0.3, ("db.connections.used", NONE): 20.0}

    facts = texts(s32="INSERT INTO events VALUES ($1)")
    return Cause("db-io", Plan(where="db", counters=counters, gauges=gauges), facts)
