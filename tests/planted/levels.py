"""A run of several tenant levels whose truth is known: one scan that grows with the tenants beside steady work.

The host's two cores are the limit: X = 2 / D, where D is what a request takes of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rampart.model import JSON, Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS, label_text
from scenarios.generator.table_writer import TableWriter
from tests.planted import recording
from tests.planted.recording import Plan

SCAN, OTHER, TABLE = (
    label_text({"statement": "11"}),
    label_text({"statement": "12"}),
    label_text({"table": "public.orders"}),
)
FACTS: JSON = {
    "statements": {
        "11": {"text": "SELECT * FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2", "plan": None},
        "12": {"text": "SELECT * FROM days WHERE tenant_id = $1", "plan": None},
    },
    "tables": {
        "public.orders": {"rows": 1e6, "indexes": ["CREATE UNIQUE INDEX k ON public.orders USING btree (id)"]},
        "public.days": {"rows": 1e5, "indexes": ["CREATE INDEX d ON public.days USING btree (tenant_id)"]},
    },
}
CORES = 2.0


@dataclass(frozen=True, slots=True)
class Growing:
    """What a request costs: the scan is called by one in ten and reads all rows of a table that grows with tenants."""

    rows_per_tenant: float = 300.0
    row_ms: float = 60e-6
    call_ms: float = 0.5  # of the scan, whatever it reads
    calls: float = 0.1
    other_ms: float = 8.0  # of the other statement, for each request
    app_ms: float = 2.0

    def rows(self, tenants: int) -> float:
        return self.rows_per_tenant * tenants

    def scan_ms(self, tenants: int) -> float:
        """Of each request, on average."""
        return self.calls * (self.call_ms + self.row_ms * self.rows(tenants))

    def limit_rps(self, tenants: int) -> float:
        return 1000 * CORES / (self.scan_ms(tenants) + self.other_ms + self.app_ms)

    def knee_users(self, plan: Plan) -> float:
        return plan.limit_rps * (plan.think_s + plan.unloaded_ms / 1000)

    def plan(self, tenants: int) -> Plan:
        """The level's plan, its stages around its knee."""
        plan = Plan(limit_rps=self.limit_rps(tenants), tenants=tenants, where="pool", unloaded_ms=40.0, seed=tenants)
        knee = self.knee_users(plan)
        users = tuple(round(knee * share) for share in (0.12, 0.25, 0.5, 1.0, 2.0, 0.8, 1.4))

        def counters(_users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
            return self._counters(tenants, rate, max(latency - plan.unloaded_ms, 0.0))

        return replace(plan, users=users, counters=counters)

    def _counters(self, tenants: int, rate: float, waited_ms: float) -> Mapping[tuple[str, str], float]:
        scan, calls = self.scan_ms(tenants), self.calls * rate
        inside = waited_ms * scan / (scan + self.other_ms)  # those that share the processor wait in proportion
        return {
            ("db.statement.calls", SCAN): calls,
            ("db.statement.exec_ms", SCAN): rate * (scan + inside),
            ("db.statement.rows", SCAN): calls * 5,
            ("db.statement.blocks_hit", SCAN): calls * self.rows(tenants) / 80,
            ("db.statement.calls", OTHER): rate,
            ("db.statement.exec_ms", OTHER): rate * (self.other_ms + waited_ms - inside),
            ("db.statement.rows", OTHER): rate * 30,
            ("db.statement.blocks_hit", OTHER): rate * 40,
            ("db.table.seq_scans", TABLE): calls,
            ("db.table.seq_rows", TABLE): calls * self.rows(tenants),
            ("db.table.index_rows", TABLE): 10.0,
            ("host.cpu_busy_s", "{}"): rate * (scan + self.other_ms + self.app_ms) / 1000,
            ("role.cpu_s", label_text({"role": "db"})): rate * (scan + self.other_ms) / 1000,
            ("role.cpu_s", label_text({"role": "app"})): rate * self.app_ms / 1000,
        }


def record(parent: Path, plans: Sequence[Plan], facts: JSON, **about: Any) -> Run:
    """Write one run with a level for each plan, the levels one after the other."""
    target = {"name": "planted", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}
    run, _ = Run.create(parent, "planted", {"target": target, "levels": [plan.tenants for plan in plans], **about})
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    readings = TableWriter(run.folder / "readings-planted.arrow", READINGS, seconds=1e9)
    totals: dict[tuple[str, str], float] = {}
    at, sent, index = 0.0, 0, 0
    for plan in plans:
        rng = np.random.default_rng(plan.seed)
        for users in plan.users:
            rate = min(users / (plan.unloaded_ms / 1000 + plan.think_s), plan.limit_rps)
            latency = max(users / rate - plan.think_s, plan.unloaded_ms / 1000) * 1000
            steady = at + plan.warmup_s
            stage = Stage(index, plan.tenants, users, "coarse", at, steady, steady + plan.seconds)
            sent += recording._requests(requests, plan, stage, rate, latency, rng)
            recording._readings(readings, plan, stage, rate, latency, totals, sent)
            run.add_stage(stage)
            at, index = stage.ended_at + 1, index + 1
    requests.close()
    readings.close()
    run.write_json("statements.json", facts)
    run.write_json("probes.json", [{"name": "planted", "reads": 10, "failures": 0, "mean_cost_ms": 1.0}])
    run.update(outcome="complete", gaps=[])
    return run
