"""A planted verdict and the run folder around it: one server that grows with the tenants, its curves solved exactly."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rampart.finding import Interval
from rampart.latency import AddedLatency, ComparedStages, Latency, LatencyPart, ResponseTime
from rampart.model import Stage
from rampart.prediction import PredictedLimit
from rampart.runs import Run
from rampart.verdict import (
    LevelCapacity,
    LevelVerdict,
    Objective,
    ObjectiveBracket,
    OperatingPoint,
    QueueState,
    TargetFailure,
    Validity,
    ValidityCheck,
    Verdict,
    VerdictOutcome,
)
from rampart.verdict_file import write_verdict
from tests.planted import thin
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


def bottleneck(levels: tuple[Level, ...] = LEVELS) -> Verdict:
    """A whole verdict: `missing-index` comes first at 10,000 tenants, `app-pool` at 1,000, nothing at 100."""
    knee = round(LEVELS[-1].knee_users)
    return thin.verdict(
        sentence=f"The first bottleneck is a missing index on invoice_lines (tenant_id): GET /invoices reads the "
        f"whole table, and at 10,000 tenants the database's processor is full from {knee} users on.",
        first=missing_index(),
        ranked=[missing_index(), *runners_up()],
        inefficiencies=[inefficiency()],
        capacity=[_capacity(level) for level in levels],
        next=[
            PredictedLimit("app-pool", "pool", 230.0, 180.0, 290.0),
            PredictedLimit("app-cpu", "host cpu", 610.0, 420.0, 800.0),
        ],
        predicted={level.tenants: [_predicted(level)] for level in levels},
        validity=Validity(True, checks()),
        gaps=[gap()],
        points=[point for number, level in enumerate(levels) for point in _points(level, 100 * number)],
        levels=[_outcome(level) for level in levels],
        ledger=[_ledger(level) for level in levels if level.first],
        profile=profile(),
    )


def with_capacity(verdict: Verdict, **fields: Any) -> Verdict:
    """The verdict with other numbers at its largest level."""
    *lower, last = verdict.capacity
    return replace(verdict, capacity=(*lower, replace(last, **fields)))


def with_objectives(verdict: Verdict, wanted_users: int | None = None) -> Verdict:
    """The verdict with the two objectives that every target has, judged at each level by its bracket."""
    rows = []
    for row in verdict.capacity:
        met, missed = row.slo_users.met, row.slo_users.missed
        held = None if wanted_users is None else (met or 0) >= wanted_users
        rows += [
            Objective(
                f"p95 < {SLO_MS:g}ms", row.tenants, held, None, name="latency", metric="p95", limit=SLO_MS,
                met_users=met, missed_users=missed, wanted_users=wanted_users,
                sentence=f"latency (p95 < {SLO_MS:g}ms): met up to {met} users; {wanted_users} are wanted",
            ),
            Objective("errors < 1%", row.tenants, True, 0.0, name="errors", metric="errors", limit=0.01),
        ]  # fmt: skip
    return replace(verdict, objectives=tuple(rows))


def outcomes() -> dict[VerdictOutcome, Verdict]:
    """One verdict of each outcome, as the analysis would write it."""
    undecided = replace(bottleneck(), first=None, levels=())
    restarted = ValidityCheck("restarts", False, "the app restarted in stages 4 and 5")
    busy = ValidityCheck("load generator", False, "CPU at 97 % of one core, requests sent 480 ms late")
    said = "A limit was reached at 77 users, but two causes fit the record equally well."
    return {
        "bottleneck": bottleneck(),
        "not_reached": _healthy(),
        "inconclusive": replace(undecided, outcome="inconclusive", sentence=said),
        "target_failed": _target_failed(undecided),
        "generator_limited": _at_fault(undecided, "generator_limited", busy),
        "invalid": _at_fault(undecided, "invalid", restarted),
    }


def _healthy() -> Verdict:
    verdict = bottleneck(HEALTHY)
    fullest = max(point.utilisation["db cpu"] for point in verdict.points)
    sentence = (
        f"No bottleneck was reached up to {COARSE[-1]} users at 10,000 tenants; the fullest resource was the "
        f"database's processor, at {100 * fullest:.0f} %."
    )
    knee = HEALTHY[-1].knee_users
    following = (PredictedLimit("db-cpu", "host cpu", knee, 0.8 * knee, 1.2 * knee),)
    return replace(verdict, outcome="not_reached", sentence=sentence, first=None, ranked=(), next=following)


def _target_failed(verdict: Verdict) -> Verdict:
    gone = "At 135 users and 10,000 tenants the target answered nobody for 12 s; it did not come back."
    row = TargetFailure(tenants=10_000, users=135, kind="answers", came_back=False, sentence=gone)
    said = f"At 10,000 tenants the target failed: 60 users are held within the objective. {gone}"
    return replace(verdict, outcome="target_failed", sentence=said, failures=(row,), ranked=())


def _at_fault(verdict: Verdict, outcome: VerdictOutcome, failed: ValidityCheck) -> Verdict:
    return replace(verdict, outcome=outcome, sentence="", validity=Validity(False, (failed, *checks())))


def run(parent: Path, verdict: Verdict, **about: Any) -> Run:
    """A run folder with `run.json`, `stages.jsonl`, `log.jsonl` and `verdict.json`, at a fixed instant of the past."""
    folder = parent / "2026-11-23T0052-lab"
    folder.mkdir(parents=True)
    made = Run(folder)
    made.write_json("run.json", {**how_it_was_made(SLO_MS), **about})
    for point in verdict.points:
        begun = 20.0 * point.stage
        made.add_stage(Stage(point.stage, point.tenants, point.users, point.purpose, begun, begun + 3.5, begun + 15.5))
    made.log(31.2, "probe.redis", "a read took longer than its deadline", seconds=0.9)
    made.log(402.0, "conductor", "the knee is bracketed: no further stages at 1,000 tenants")
    write_verdict(made, verdict)
    return made


def _points(level: Level, first_stage: int) -> list[OperatingPoint]:
    """Stages up to 2.2 times the knee, finer ones around it and a repeat; the noise is drawn, the curve is not."""
    draws = random.Random(level.tenants)
    knee = level.knee_users
    planned = [(users, "coarse") for users in COARSE if users <= 2.2 * knee]
    if knee < COARSE[-1]:
        planned += [
            (round(knee * factor), purpose) for factor, purpose in ((0.87, "fine"), (1.15, "fine"), (1, "repeat"))
        ]
    return [_point(level, first_stage + i, users, purpose, draws) for i, (users, purpose) in enumerate(planned)]


def _point(level: Level, stage: int, users: int, purpose: str, draws: random.Random) -> OperatingPoint:
    throughput, mean = level.at(users)
    throughput *= draws.gauss(1, 0.015)
    mean *= draws.gauss(1, 0.04)
    p95 = 2.3 * mean
    busy = min(throughput * level.demand_ms / 1000, 1.0)
    spoiled = users == 60 and level.tenants == 1_000
    return OperatingPoint(
        tenants=level.tenants,
        stage=stage,
        users=users,
        purpose=purpose,
        seconds=12.0,
        requests=round(throughput * 12),
        throughput_rps=throughput,
        lasting_rps=throughput,
        unstolen_rps=None,
        latency_ms=Latency(mean, 0.8 * mean, p95, 3.4 * mean, 0.92 * p95, 1.1 * p95),
        response_ms=ResponseTime(0.8 * mean, p95, 3.4 * mean, 0.92 * p95, 1.1 * p95),
        error_ratio=0.0,
        valid=not spoiled,
        why_invalid="the app restarted in it" if spoiled else None,
        utilisation={
            "db cpu": 0.97 * busy if level.tenants == 10_000 else 0.35 * busy,
            "app cpu": 0.4 * busy,
            "pool": 0.3 * busy if level.tenants == 10_000 else busy,
            "generator cpu": 0.08 + 0.0006 * throughput,
        },
        spans_ms={"pool": 0.1 * mean, "db": 0.7 * mean, "render": 2.1},
        queues={"default": QueueState(3, 0.0, 12.0, 1.0)},
    )


def _predicted(level: Level) -> PredictedLimit:
    knee, rps = level.knee_users, 1000 / level.demand_ms
    return PredictedLimit("db-cpu", "host cpu", knee, 0.7 * knee, 1.3 * knee, rps, 0.7 * rps, 1.3 * rps)


def _objective(level: Level) -> ObjectiveBracket:
    tested = [users for users in COARSE if users <= 2.2 * level.knee_users]
    met = [users for users in tested if 2.3 * level.at(users)[1] <= SLO_MS]
    missed = [users for users in tested if users not in met]
    return ObjectiveBracket(max(met, default=None), min(missed, default=None))


def _capacity(level: Level) -> LevelCapacity:
    if level.first is None:
        return _held(level)
    knee = level.knee_users
    return thin.capacity(
        level.tenants,
        Interval(knee, 0.9 * knee, 1.13 * knee),
        tested_users=max(users for users in COARSE if users <= 2.2 * knee),
        max_throughput_rps=1000 / level.demand_ms,
        slo_users=_objective(level),
        latency_at_half_knee_ms=level.at(round(knee / 2))[1],
    )


def _held(level: Level) -> LevelCapacity:
    return thin.capacity(
        level.tenants,
        reason="the last stage still had 97 % of the efficiency of the first",
        tested_users=COARSE[-1],
        max_throughput_rps=level.at(COARSE[-1])[0],
        slo_users=ObjectiveBracket(COARSE[-1], None),
    )


def _outcome(level: Level) -> LevelVerdict:
    if level.first is None:
        said = f"No bottleneck was reached up to {COARSE[-1]} users at {level.tenants:,} tenants."
        return thin.level(level.tenants, "not_reached", sentence=said)
    said = f"{level.first} comes first at {level.tenants:,} tenants, at {level.knee_users:.0f} users."
    return thin.level(level.tenants, "bottleneck", level.first, said)


def _ledger(level: Level) -> AddedLatency:
    knee = round(level.knee_users)
    added = level.at(knee)[1] - level.at(5)[1]
    database, pool = (0.14, 0.76) if level.first == "app-pool" else (0.78, 0.12)
    parts = (
        ("database: SELECT … FROM invoice_lines WHERE tenant_id = $1", "db", database),
        ("waiting for a pooled connection", "pool", pool),
        ("app processor", "app", 0.06),
        ("in no part that is measured", "unmeasured", 0.04),
    )
    rows = [
        LatencyPart(what, resource, share * added, share, None, None, None, None) for what, resource, share in parts
    ]
    return AddedLatency(
        tenants=level.tenants, low_users=5, knee_users=knee, added_ms=added, added_ms_low=None, added_ms_high=None,
        parts=tuple(rows), by_endpoint={}, stages=ComparedStages((), ()), draws=0, blamed=(),
    )  # fmt: skip
