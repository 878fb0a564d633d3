"""Recordings with one planted cause each: what the probes would have read, and the finding that must come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.verdict.analyse import analyse
from rampart.model import JSON
from rampart.tables import label_text
from rampart.verdict import Verdict
from tests.planted.recording import Plan, record

Values = Mapping[tuple[str, str], float]
NONE = "{}"
APP = label_text({"process": "1"})


@dataclass(frozen=True, slots=True)
class Cause:
    """A plan, what `statements.json` says, and the finding that it is planted for."""

    finding: str
    plan: Plan
    facts: JSON = field(default_factory=dict)


def verdict(folder: Path, cause: Cause) -> Verdict:
    """The verdict of a planted cause."""
    run = record(folder, cause.plan)
    run.write_json("statements.json", cause.facts)
    return analyse(run)


def of(statement: str) -> str:
    return label_text({"statement": statement})


def active(statement: str, wait_type: str = "cpu", wait: str = "cpu", state: str = "active") -> tuple[str, str]:
    labels = {"statement": statement, "state": state, "wait_type": wait_type, "wait": wait}
    return "db.active", label_text(labels)


def texts(**statements: str) -> Verdict:
    """Facts about statements by id (`s11`: 11)."""
    return {"statements": {key[1:]: {"text": text, "plan": None} for key, text in statements.items()}}


def work(statement: str, calls: float, ms: float, rows: float = 1.0) -> Values:
    """What pg_stat_statements counts in a second."""
    counts = {"calls": calls, "exec_ms": calls * ms, "rows": calls * rows}
    return {(f"db.statement.{name}", of(statement)): value for name, value in counts.items()}


def pool(held_ms: float, rate: float, limit: float = 10.0) -> tuple[Values, Values]:
    """Counters and gauges of a pool whose connections are held so long by each request."""
    counters = {("pool.usage_ms", APP): min(held_ms * rate, 1000 * limit), ("pool.requests", APP): rate}
    return counters, {("pool.limit", APP): limit, ("pool.size", APP): limit}


COUNTER = texts(s11="UPDATE counters SET value = value + $1 WHERE tenant_id = $2", s12="SELECT * FROM projects")


def hot_row(*, root: str = "active", idle_s: float = 0.0, process: float = 0.3, waiting: float = 1.0) -> Cause:
    """A fifth of the requests update one row, and wait for the one that holds it; `waiting`: of them, how many do."""

    def counters(users: int, rate: float, latency: float) -> Values:
        held, _ = pool(latency - 10, rate)
        app = {("process.cpu_s", label_text({"role": "app", "pid": "1"})): process}
        return {**work("11", 0.2 * rate, (latency - 20) * 5 + 2), **work("12", 2 * rate, 0.5), **held, **app}

    def gauges(users: int, rate: float, latency: float) -> Values:
        queued = rate * max(latency - 20, 0) / 1000
        sessions = {
            active("11", "Lock", "transactionid"): queued * waiting,
            active("11"): (1.0 if root == "active" else 0.0) + queued * (1 - waiting),
            active("12"): 0.5,
            active("11", "Client", "ClientRead", "idle in transaction"): 0.05 if root == "active" else 1.0,
            ("db.lock_waiters", label_text({"table": "public.counters", "blocker": "11"})): queued * waiting,
            ("db.idle_in_transaction_age_s", NONE): idle_s,
        }
        return {**sessions, ("db.connections.used", NONE): 10.0, ("db.connections.limit", NONE): 97.0, **pool(1, 1)[1]}

    finding = "lock-contention" if root == "active" else "idle-in-transaction"
    return Cause(finding, Plan(where="pool", counters=counters, gauges=gauges), COUNTER)


def open_transactions(*, idle_ms: float = 80.0) -> Cause:
    """Each request holds its connection for 100 ms, and of that sits in an open transaction for so long."""

    def counters(users: int, rate: float, latency: float) -> Values:
        held, _ = pool(100.0, rate)
        return {**work("12", 3 * rate, 1.0), **held, ("db.idle_in_transaction_ms", NONE): idle_ms * rate}

    def gauges(users: int, rate: float, latency: float) -> Values:
        return {
            active("12"): 0.3,
            active("12", "Client", "ClientRead", "idle in transaction"): idle_ms * rate / 1000,
            ("db.idle_in_transaction_age_s", NONE): idle_ms / 2000,
            ("db.connections.used", NONE): 10.0,
            ("db.connections.limit", NONE): 97.0,
            **pool(1, 1)[1],
        }

    finding = "idle-in-transaction" if idle_ms > 50 else "app-pool"
    return Cause(finding, Plan(where="pool", unloaded_ms=110.0, counters=counters, gauges=gauges), COUNTER)


def few_slots(*, refused: bool = True, held: float = 50.0, slots: float = 97.0) -> Cause:
    """96 connections are in use; beyond 100 requests/s they are refused, or wait for a pool that cannot grow."""

    def counters(users: int, rate: float, latency: float) -> Values:
        return {**work("12", 3 * rate, 0.5), ("pool.usage_ms", APP): 10 * rate, ("pool.requests", APP): rate}

    def gauges(users: int, rate: float, latency: float) -> Values:
        sessions = {("db.connections.used", NONE): min(96.0, users + 20.0), ("db.connections.limit", NONE): slots}
        waiting = rate * max(latency - 20, 0) / 1000
        sizes = {("pool.limit", APP): 50.0, ("pool.size", APP): held, ("pool.waiting", APP): waiting}
        return {**sessions, **sizes, active("12"): 0.5}

    limits = {"limit_rps": 1e9, "refused_above_rps": 100.0} if refused else {}
    return Cause("db-connections", Plan(where="pool", counters=counters, gauges=gauges, **limits), COUNTER)


def rate_limit(*, status: int = 429, above: float = 100.0) -> Cause:
    """Beyond so many requests a second the answer is a refusal, at once."""
    return Cause("rate-limited", Plan(where="other", limit_rps=1e9, refused_above_rps=above, error_status=status))
