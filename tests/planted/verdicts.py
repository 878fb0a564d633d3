"""A planted verdict and the run folder around it: one server that grows with the tenants, its curves solved exactly."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rampart.model import JSON, Stage
from rampart.runs import Run
from tests.planted.findings import checks, gap, how_it_was_made, inefficiency, missing_index, profile, runners_up

SLO_MS = 500.0
COARSE = (5, 10, 20, 40, 60, 90, 135, 200, 300, 400)


@dataclass(frozen=True, slots=True)
class Level:
    """One tenant level: what a lone request takes, and what it takes of the resource that runs out."""

    tenants: int
    lone_ms: float
    demand_ms: float
    first: str | None  # the finding that its limit is planted as

    @property
    def knee_users(self) -> float:
        return (1000.0 + self.lone_ms) / self.demand_ms

    def at(self, users: int) -> tuple[float, float]:
        """Throughput (1/s) and mean latency (ms) with 1 s of think time: one queue and a delay, solved by MVA."""
        queued, throughput = 0.0, 0.0
        for population in range(1, users + 1):
            waiting = self.demand_ms * (1 + queued)
            throughput = population / (1000.0 + self.lone_ms - self.demand_ms + waiting)
            queued = throughput * waiting
        return throughput * 1000, users / throughput - 1000.0


LEVELS = (Level(100, 16.0, 1.9, None), Level(1_000, 21.0, 4.8, "app-pool"), Level(10_000, 44.0, 13.5, "missing-index"))


HEALTHY = (Level(100, 16.0, 1.5, None), Level(1_000, 17.0, 1.6, None), Level(10_000, 19.0, 1.75, None))


def bottleneck(levels: tuple[Level, ...] = LEVELS) -> JSON:
    """A whole verdict: `missing-index` comes first at 10,000 tenants, `app-pool` at 1,000, nothing at 100."""
    first, ranked = missing_index(), [missing_index(), *runners_up()]
    knee = round(LEVELS[-1].knee_users)
    return {
        "schema": 1,
        "outcome": "bottleneck",
        "sentence": f"The first bottleneck is a missing index on invoice_lines (tenant_id): GET /invoices reads the "
        f"whole table, and at 10,000 tenants the database's processor is full from {knee} users on.",
        "first": first,
        "tied_with": [],
        "ranked": ranked,
        "inefficiencies": [inefficiency()],
        "violations": [],
        "capacity": [_capacity(level) for level in levels],
        "next": [{"id": "app-pool", "users": 230}, {"id": "app-cpu", "users": 610}],
        "predicted": {str(level.tenants): [_predicted(level)] for level in levels},
        "validity": {"ok": True, "checks": checks()},
        "gaps": [gap()],
        "points": [point for number, level in enumerate(levels) for point in _points(level, 100 * number)],
        "levels": [_outcome(level) for level in levels],
        "ledger": [_ledger(level) for level in levels if level.first],
        "profile": profile(),
    }


def outcomes() -> dict[str, JSON]:
    """One verdict of each outcome, as the analysis would write it."""
    undecided = {**bottleneck(), "first": None, "levels": []}
    restarted = {"name": "restarts", "ok": False, "claim": "the app restarted in stages 4 and 5"}
    busy = {"name": "load generator", "ok": False, "claim": "CPU at 97 % of one core, requests sent 480 ms late"}
    said = "A limit was reached at 77 users, but two causes fit the record equally well."
    return {
        "bottleneck": bottleneck(),
        "not_reached": _healthy(),
        "inconclusive": {**undecided, "outcome": "inconclusive", "sentence": said},
        "generator_limited": _at_fault(undecided, "generator_limited", busy),
        "invalid": _at_fault(undecided, "invalid", restarted),
    }


def _healthy() -> JSON:
    verdict = bottleneck(HEALTHY)
    fullest = max(point["utilisation"]["db cpu"] for point in verdict["points"])
    sentence = (
        f"No bottleneck was reached up to {COARSE[-1]} users at 10,000 tenants; the fullest resource was the "
        f"database's processor, at {100 * fullest:.0f} %."
    )
    following = [{"id": "db-cpu", "users": round(HEALTHY[-1].knee_users)}]
    return {
        **verdict,
        "outcome": "not_reached",
        "sentence": sentence,
        "first": None,
        "ranked": [],
        "next": following,
    }


def _at_fault(verdict: JSON, outcome: str, failed: JSON) -> JSON:
    validity = {"ok": False, "checks": [failed, *checks()]}
    return {**verdict, "outcome": outcome, "sentence": "", "validity": validity}


def run(parent: Path, verdict: JSON, **about: Any) -> Run:
    """A run folder with `run.json`, `stages.jsonl`, `log.jsonl` and `verdict.json`, at a fixed instant of the past."""
    folder = parent / "2026-11-23T0052-lab"
    folder.mkdir(parents=True)
    made = Run(folder)
    made.write_json("run.json", {**how_it_was_made(SLO_MS), **about})
    for point in verdict.get("points") or []:
        begun = 20.0 * point["stage"]
        stage = Stage(
            point["stage"], point["tenants"], point["users"], point["purpose"], begun, begun + 3.5, begun + 15.5
        )
        made.add_stage(stage)
    made.log(31.2, "probe.redis", "a read took longer than its deadline", seconds=0.9)
    made.log(402.0, "conductor", "the knee is bracketed: no further stages at 1,000 tenants")
    made.write_json("verdict.json", verdict)
    return made


def _points(level: Level, first_stage: int) -> list[JSON]:
    """Stages up to 2.2 times the knee, finer ones around it and a repeat; the noise is drawn, the curve is not."""
    draws = random.Random(level.tenants)
    knee = level.knee_users
    planned = [(users, "coarse") for users in COARSE if users <= 2.2 * knee]
    if knee < COARSE[-1]:
        planned += [
            (round(knee * factor), purpose) for factor, purpose in ((0.87, "fine"), (1.15, "fine"), (1, "repeat"))
        ]
    return [_point(level, first_stage + i, users, purpose, draws) for i, (users, purpose) in enumerate(planned)]


def _point(level: Level, stage: int, users: int, purpose: str, draws: random.Random) -> JSON:
    throughput, mean = level.at(users)
    throughput *= draws.gauss(1, 0.015)
    mean *= draws.gauss(1, 0.04)
    p95 = 2.3 * mean
    busy = min(throughput * level.demand_ms / 1000, 1.0)
    return {
        "tenants": level.tenants,
        "stage": stage,
        "users": users,
        "purpose": purpose,
        "seconds": 12.0,
        "requests": round(throughput * 12),
        "throughput_rps": throughput,
        "latency_ms": {
            "mean": mean,
            "p50": 0.8 * mean,
            "p95": p95,
            "p99": 3.4 * mean,
            "p95_low": 0.92 * p95,
            "p95_high": 1.1 * p95,
        },
        "error_ratio": 0.0,
        "valid": users != 60 or level.tenants != 1_000,
        "why_invalid": "the app restarted in it" if users == 60 and level.tenants == 1_000 else None,
        "utilisation": {
            "db cpu": 0.97 * busy if level.tenants == 10_000 else 0.35 * busy,
            "app cpu": 0.4 * busy,
            "pool": 0.3 * busy if level.tenants == 10_000 else busy,
            "generator cpu": 0.08 + 0.0006 * throughput,
        },
        "spans_ms": {"pool": 0.1 * mean, "db": 0.7 * mean, "render": 2.1},
        "queues": {"default": {"ready": 3, "slope_per_s": 0.0}},
    }


def _predicted(level: Level) -> JSON:
    return {"id": "db-cpu", "resource": "host cpu", "rps": 1000 / level.demand_ms, "users": level.knee_users}


def _slo_users(level: Level) -> JSON:
    tested = [users for users in COARSE if users <= 2.2 * level.knee_users]
    met = [users for users in tested if 2.3 * level.at(users)[1] <= SLO_MS]
    missed = [users for users in tested if users not in met]
    return {"met": max(met, default=None), "missed": min(missed, default=None)}


def _capacity(level: Level) -> JSON:
    if level.first is None:
        return _held(level)
    knee = level.knee_users
    return {
        "tenants": level.tenants,
        "knee_users": {"value": knee, "low": 0.9 * knee, "high": 1.13 * knee},
        "reason": None,
        "tested_users": max(users for users in COARSE if users <= 2.2 * knee),
        "max_throughput_rps": 1000 / level.demand_ms,
        "slo_users": _slo_users(level),
        "slo_error_ratio": 0.01,
        "latency_at_half_knee_ms": level.at(round(knee / 2))[1],
    }


def _held(level: Level) -> JSON:
    return {
        "tenants": level.tenants,
        "knee_users": None,
        "reason": "the last stage still had 97 % of the efficiency of the first",
        "tested_users": COARSE[-1],
        "max_throughput_rps": level.at(COARSE[-1])[0],
        "slo_users": {"met": COARSE[-1], "missed": None},
    }


def _outcome(level: Level) -> JSON:
    if level.first is None:
        return {
            "tenants": level.tenants,
            "outcome": "not_reached",
            "first": None,
            "sentence": f"No bottleneck was reached up to {COARSE[-1]} users at {level.tenants:,} tenants.",
        }
    sentence = f"{level.first} comes first at {level.tenants:,} tenants, at {level.knee_users:.0f} users."
    return {"tenants": level.tenants, "outcome": "bottleneck", "first": level.first, "sentence": sentence}


def _ledger(level: Level) -> JSON:
    knee = round(level.knee_users)
    added = level.at(knee)[1] - level.at(5)[1]
    database = {"what": "database: SELECT … FROM invoice_lines WHERE tenant_id = $1", "resource": "db", "share": 0.78}
    pool = {"what": "waiting for a pooled connection", "resource": "pool", "share": 0.12}
    if level.first == "app-pool":
        database["share"], pool["share"] = 0.14, 0.76
    rest = [
        {"what": "app processor", "resource": "app", "share": 0.06},
        {"what": "unexplained", "resource": "unexplained", "share": 0.04},
    ]
    parts = [{**part, "ms": float(str(part["share"])) * added} for part in (database, pool, *rest)]
    return {"tenants": level.tenants, "low_users": 5, "knee_users": knee, "added_ms": added, "parts": parts}
