"""The application's own processor time is the limit: one process fills its core, or all of them fill the host."""

from __future__ import annotations

import math

from analysis import thresholds
from analysis.attribution.application_cpu import computes
from analysis.attribution.attribute import Attribution
from analysis.attribution.latency_ledger import count
from analysis.attribution.rare_computation import computed
from analysis.attribution.repeated_answers import remade
from analysis.attribution.repeated_statements import app_share
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._sign import APP_CPU, BUSIEST_PROCESS
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief
from rampart import resources
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    process, host = level.utilisation(resources.APP_PROCESS), level.utilisation(resources.HOST_CPU)
    if process is None or attribution.app <= 0:
        return None
    evidence = [
        Evidence(
            f"at the knee the busiest application process uses {process:.0%} of a core, the host {host or 0:.0%}",
            process,
            f">= {thresholds.SATURATED:.0%} of a core or more of a host >= {thresholds.HOST_SATURATED:.0%} than the "
            f"database ({thresholds.NEARLY_FULL:.0%} where a pool keeps the rest from it)",
            "readings-processes process.cpu_s, readings-host host.cpu_busy_s",
            holds=computes(level),
        )
    ]
    rare = computed(level)
    named = (app_share(level), rare.taken if rare else 0.0, remade(level))  # by those who know what it is spent on
    share = attribution.share(attribution.app * math.prod(1 - part for part in named))
    spent = "look at what the processor is spent on: rendering, serialisation, too many rows."
    more = "Run more application processes (about one per free core), then "
    fuller = "The host is full, so more processes on it bring nothing: "
    remedy = Remedy((fuller if (host or 0.0) >= thresholds.HOST_SATURATED else more) + spent)
    return supported(
        "app-cpu", "app", level, share, evidence, remedy, resource="application processor", endpoint=_costliest(level)
    )


def _costliest(level: LevelData) -> str | None:
    rows = [(r.app_cpu_ms, r.endpoint) for r in level.profile if r.app_cpu_ms is not None]
    return max(rows, default=(0.0, None))[1]


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """More processes where the host has room; on a full host only less work helps."""
    if (level.utilisation(resources.HOST_CPU) or 0.0) >= thresholds.HOST_SATURATED:
        return Relief({APP: _above_usual(level)})
    return Relief(lifts=frozenset({resources.APP_PROCESS}))


def _above_usual(level: LevelData) -> float:
    """The share of its processor time that goes if the costliest endpoint comes to cost what the others do."""
    counts = dict(zip(level.requests.endpoints, count(level, (*level.low, *level.high)).tolist(), strict=True))
    rows = [(r.app_cpu_ms, counts.get(r.endpoint, 0.0)) for r in level.profile if r.app_cpu_ms is not None]
    spent = sum(ms * sent for ms, sent in rows)
    if len(rows) < 2 or spent <= 0:
        return 0.0
    (most, sent), *others = sorted(rows, reverse=True)
    usual = sum(ms * n for ms, n in others) / max(sum(n for _, n in others), 1e-9)
    return float(max(most - usual, 0.0) * sent / spent)


DETECTOR = Detector(
    "app-cpu", "app", "The application's processor time is the limit.", _detect,
    thresholds=(thresholds.SATURATED, thresholds.HOST_SATURATED, thresholds.NEARLY_FULL),
    relief=_relief,
    headline="the application's processor time",
    saturates=(resources.APP_PROCESS,),
    symptoms=("app-pool", "event-loop-blocked"),
    signs=(APP_CPU, BUSIEST_PROCESS),
    limits={resources.APP_PROCESS: 1.0},
    work=APP,
)  # fmt: skip
