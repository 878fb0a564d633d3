"""The application's own processor time is the limit: one process fills its core, or all of them fill the host."""

from __future__ import annotations

import math

from analysis import thresholds
from analysis.attribution.application_cpu import computes
from analysis.attribution.attribute import Attribution
from analysis.attribution.rare_computation import computed
from analysis.attribution.repeated_answers import remade
from analysis.attribution.repeated_statements import app_share
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._room import on_this_host
from analysis.detectors._sign import APP_CPU, BUSIEST_PROCESS
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    process, host = level.utilisation(resources.APP_PROCESS), level.utilisation(resources.HOST_CPU)
    if process is None or attribution.app <= 0:
        return None
    evidence = [
        Evidence(
            f"at the knee {_what(level)}, the host {host or 0:.0%}",
            process,
            f">= {thresholds.SATURATED:.0%} of a core or more of a host >= {thresholds.HOST_SATURATED:.0%} than the "
            f"database ({thresholds.NEARLY_FULL:.0%} where a pool keeps the rest from it)",
            "readings-processes process.cpu_s, role.cpu_s, role.cores, readings-host host.cpu_busy_s",
            holds=computes(level, attribution),
        )
    ]
    rare = computed(level)
    named = (app_share(level), rare.taken if rare else 0.0, remade(level))  # by those who know what it is spent on
    share = attribution.share(attribution.app * math.prod(1 - part for part in named))
    return supported(
        "app-cpu",
        "app",
        level,
        share,
        evidence,
        Remedy(_advice(level)),
        resource="application processor",
        endpoint=_costliest(level),
    )


def _advice(level: LevelData) -> str:
    spent = "look at what the processor is spent on: rendering, serialisation, too many rows."
    if (capped := _capped(level)) is not None:
        return f"Allow the application more than {capped:.2g} cores (its affinity or quota), then {spent}"
    room, worth = on_this_host(level)
    if not room:
        return f"The host is full, so more processes on it bring nothing: {spent}"
    return f"Run more application processes, about one per free core{f' ({worth})' if worth else ''}; then {spent}"


def _capped(level: LevelData) -> float | None:
    """The cores that affinity or a quota leaves the application where that is what is full; None where it is not."""
    own = level.readings.mean(metrics.ROLE_CORES, *level.high[0].window, role="app") if level.high else None
    used, host = level.utilisation(resources.APP_CPU), level.mean(metrics.HOST_CORES, level.high)
    return own if own and used and host and used * host >= thresholds.SATURATED * own and own < host else None


def _what(level: LevelData) -> str:
    used, capped = level.utilisation(resources.APP_PROCESS) or 0.0, _capped(level)
    if capped is not None:
        return f"the application uses {used:.0%} of the {capped:.2g} cores that it may use"
    return f"the busiest application process uses {used:.0%} of a core"


def _costliest(level: LevelData) -> str | None:
    rows = [(r.app_cpu_ms, r.endpoint) for r in level.profile if r.app_cpu_ms is not None]
    return max(rows, default=(0.0, None))[1]


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """More processes where the host has room; a full host is used up."""
    full = (level.utilisation(resources.HOST_CPU) or 0.0) >= thresholds.HOST_SATURATED
    return Relief(lifts=frozenset({resources.HOST_CPU if full else resources.APP_PROCESS}))


DETECTOR = Detector(
    "app-cpu", "app", "The application's processor time is the limit.", _detect,
    thresholds=(thresholds.SATURATED, thresholds.HOST_SATURATED, thresholds.NEARLY_FULL),
    relief=_relief,
    headline="the application's processor time",
    parts=("app", "accept"),
    seen_by=("processes",),
    saturates=(resources.APP_PROCESS,),
    signs=(APP_CPU, BUSIEST_PROCESS),
    limits={resources.APP_PROCESS: 1.0},
    work=APP,
)  # fmt: skip
