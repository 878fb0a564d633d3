"""A recorded run whose truth is known: written with the real writers from a closed system of one bottleneck.

Users think one second and then wait for the slowest resource: X = min(N / (R0 + Z), limit), R = N / X - Z. What the
excess latency is spent in (`where`), and what else is read, is the plan's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS, SPANS, label_text
from scenarios.generator.table_writer import TableWriter

Extra = Callable[[int, float, float], Mapping[tuple[str, str], float]]


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds of a stage's steady window in which nobody is answered."""

    after_s: float
    seconds: float
    refused_rps: float = 0.0  # requests that fail at once meanwhile, without an answer; 0: all wait, and never end


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted."""

    users: Sequence[int] = (15, 30, 60, 120, 240, 85, 170)
    limit_rps: float = 100.0
    unloaded_ms: float = 20.0
    think_s: float = 1.0
    seconds: float = 12.0
    warmup_s: float = 3.0
    tenants: int = 100
    where: str = "mail"  # the span that excess latency is spent in
    work_ms: float = 0.0  # of the unloaded latency, what is spent there too
    silent: bool = False  # no spans are published
    queued: bool = False  # the excess is waited before the application, which publishes nothing of it
    limits_rps: Mapping[int, float] = field(default_factory=dict)  # by index of the stage, where it is another
    endpoints: Mapping[str, float] = field(default_factory=lambda: {"GET /a": 0.8, "POST /b": 0.2})
    error_ratio: float = 0.0
    refused_above_rps: float = 1e9  # requests beyond this rate are refused at once
    error_status: int = 500
    outages: Mapping[int, Outage] = field(default_factory=dict)  # by index of the stage
    counters: Extra | None = None  # (users, throughput, latency_ms) -> increase per second by (metric, labels)
    gauges: Extra | None = None
    profiled: bool = False  # each endpoint is sent alone first
    seed: int = 1


def record(parent: Path, plan: Plan, **about: Any) -> Run:
    """Write the whole run and return it."""
    run, _ = Run.create(
        parent,
        "planted",
        {"target": {"name": "planted", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}, **about},
    )
    rng = np.random.default_rng(plan.seed)
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    readings = TableWriter(run.folder / "readings-planted.arrow", READINGS, seconds=1e9)
    totals: dict[tuple[str, str], float] = {}
    at, sent = _profile(run, requests, plan, rng) if plan.profiled else (0.0, 0)
    for index, users in enumerate(plan.users):
        limit = plan.limits_rps.get(index, plan.limit_rps)
        rate = min(users / (plan.unloaded_ms / 1000 + plan.think_s), limit)
        latency = max(users / rate - plan.think_s, plan.unloaded_ms / 1000) * 1000
        stage = Stage(index, plan.tenants, users, "coarse", at, at + plan.warmup_s, at + plan.warmup_s + plan.seconds)
        sent += _requests(requests, plan, stage, rate, latency, rng)
        sent += _refused(requests, plan.outages.get(index), stage)
        _readings(readings, plan, stage, rate, latency, totals, sent)
        run.add_stage(stage)
        at = stage.ended_at + 1
    requests.close()
    readings.close()
    run.write_json("probes.json", [{"name": "planted", "reads": 10, "failures": 0, "mean_cost_ms": 1.0}])
    run.update(outcome="complete", gaps=[])
    return run


def _profile(run: Run, writer: TableWriter, plan: Plan, rng: np.random.Generator) -> tuple[float, int]:
    """Three seconds of each endpoint alone, before the stages: when it ended, and how many requests it sent."""
    at, sent = 0.0, 0
    for number, name in enumerate(plan.endpoints):
        stage = Stage(len(plan.users) + number, plan.tenants, 1, "profile", at, at, at + 3, name)
        alone = replace(plan, endpoints={name: 1.0})
        sent += _requests(writer, alone, stage, 1000 / plan.unloaded_ms, plan.unloaded_ms, rng)
        run.add_stage(stage)
        at = stage.ended_at + 0.5
    return at, sent


def _requests(
    writer: TableWriter, plan: Plan, stage: Stage, rate: float, latency: float, rng: np.random.Generator
) -> int:
    """Requests that end throughout the stage, exponential around the mean beyond the unloaded latency."""
    length = stage.ended_at - stage.started_at
    ends = np.sort(rng.uniform(stage.started_at, stage.ended_at, rng.poisson(rate * length)))
    ends = _answered(ends, plan.outages.get(stage.index), stage)
    count = len(ends)
    waits = rng.exponential(max(latency - plan.unloaded_ms, 1e-3), count)
    names = rng.choice(list(plan.endpoints), count, p=list(plan.endpoints.values()))
    failed = rng.random(count) < max(plan.error_ratio, 1 - plan.refused_above_rps / rate)
    for end, wait, name, bad in zip(ends, waits, names, failed, strict=True):
        total = plan.unloaded_ms + wait
        inside = 0.0 if plan.queued else wait
        spans = {"render": plan.unloaded_ms * 0.5, plan.where: inside + plan.work_ms, "total": total - wait + inside}
        start = end - total / 1000
        outcome, status = ("http_error", plan.error_status) if bad else ("ok", 200)
        row = [start, start, total, str(name), "7", outcome, status, 100, None]
        writer.append([*row, *(None if plan.silent else spans.get(span) for span in SPANS)])
    return count


def _answered(ends: NDArray[np.float64], outage: Outage | None, stage: Stage) -> NDArray[np.float64]:
    if outage is None:
        return ends
    begin = stage.steady_at + outage.after_s
    return ends[(ends < begin) | (ends >= begin + outage.seconds)]


def _refused(writer: TableWriter, outage: Outage | None, stage: Stage) -> int:
    """Requests that were refused at once while nobody listened."""
    begin = stage.steady_at + (outage.after_s if outage else 0.0)
    times = np.arange(begin, begin + outage.seconds, 1 / outage.refused_rps) if outage and outage.refused_rps else ()
    for at in times:
        writer.append([at, at, 1.0, "GET /a", "7", "connection", 0, 0, None, *(None for _ in SPANS)])
    return len(times)


def _readings(
    writer: TableWriter, plan: Plan, stage: Stage, rate: float, latency: float,
    totals: dict[tuple[str, str], float], sent: int,
) -> None:  # fmt: skip
    """A reading a second of everything: quiet machine, lazy generator, and what the plan adds."""
    usual = {("host.cpu_busy_s", "{}"): 0.5, ("generator.cpu_s", label_text({"writer": "1"})): 0.2}
    extra = dict(plan.counters(stage.users, rate, latency)) if plan.counters else {}
    for second in np.arange(stage.started_at, stage.ended_at + 0.5):
        for key, per_second in {**usual, **extra}.items():
            writer.append((float(second), key[0], totals.setdefault(key, 0.0), key[1]))
            totals[key] += per_second
        gauges = {("host.cores", "{}"): 2.0, ("generator.lag_ms", label_text({"writer": "1"})): 1.0}
        for key, value in {**gauges, **(plan.gauges(stage.users, rate, latency) if plan.gauges else {})}.items():
            writer.append((float(second), key[0], float(value), key[1]))
    writer.append((stage.ended_at, "generator.requests", float(sent), label_text({"writer": "1"})))
