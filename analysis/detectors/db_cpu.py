"""The database's processor is full, and no single statement is at fault: capacity, or too many small statements."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._sign import THIRD_OFF, Sign
from analysis.level.level_data import LevelData
from analysis.network.server import STATEMENT, Relief
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

MOSTLY_DATABASE = Threshold(
    "MOSTLY_DATABASE", 0.3, "of all cores, which the database uses on a full host",
    "judged: with less, others fill the host",
)  # fmt: skip


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    full = _own_cores(level) or _host(level)
    if full is None:
        return None
    evidence = [
        full,
        Evidence(
            f"{len(claims)} statements share the blame, none of them slow in itself",
            float(len(claims)),
            "no missing index, no repetition, no expensive answer among them",
            "readings-statements db.statement.exec_ms",
        ),
    ]
    remedy = Remedy("Give the database more processor, move reads to a replica, or cache what is read most often.")
    return supported("db-cpu", "database", level, share, evidence, remedy, resource="database processor")


def _own_cores(level: LevelData) -> Evidence | None:
    used = level.utilisation(resources.DB_PROCESSOR)
    if used is None or used < thresholds.SATURATED:
        return None
    return Evidence(
        f"at the knee the database uses {used:.0%} of the cores that it may use",
        used,
        f">= {thresholds.SATURATED:.0%}",
        "readings-processes role.cpu_s / role.cores",
    )


def _host(level: LevelData) -> Evidence | None:
    used, host = level.utilisation(resources.DB_CPU), level.utilisation(resources.HOST_CPU)
    if used is None or host is None or host < thresholds.HOST_SATURATED:
        return None
    return Evidence(
        f"at the knee the database uses {used:.0%} of all cores, and the host is {host:.0%} busy",
        host,
        f">= {thresholds.HOST_SATURATED:.0%}",
        "readings-processes role.cpu_s, readings-host host.cpu_busy_s",
        holds=used >= MOSTLY_DATABASE,
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """More processor: the cores that are its own, or a larger host."""
    return Relief(lifts=frozenset({resources.DB_PROCESSOR if _own_cores(level) else resources.HOST_CPU}))


DETECTOR = Detector(
    "db-cpu", "database", "The database's processor is full.", _detect, lambda _case, _statement: (),
    thresholds=(MOSTLY_DATABASE, thresholds.SATURATED, thresholds.HOST_SATURATED),
    relief=_relief,
    headline="the database's processor",
    seen_by=("processes",),
    claims_after=("slow-query",),
    saturates=(resources.HOST_CPU, resources.DB_PROCESSOR),
    signs=(Sign("per request", metrics.ROLE_CPU_S, "the database's processor time", THIRD_OFF, {"role": "db"}),),
    limits={resources.HOST_CPU: 1.0, resources.DB_PROCESSOR: 1.0},
    work=STATEMENT,
    awaited="database",
)  # fmt: skip
