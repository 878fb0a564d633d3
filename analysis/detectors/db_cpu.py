"""The database's processor is full, and no single statement is at fault: capacity, or too many small statements."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from rampart.model import Evidence, Finding, Remedy


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    if not claims:
        return None
    share = blame.share(sum(blame.statements.get(s, 0.0) for s in claims))
    full = _own_cores(case) or _host(case)
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
    return supported("db-cpu", "database", case, share, evidence, remedy, resource="database processor")


def _own_cores(case: Case) -> Evidence | None:
    used = case.utilisation("db processor")
    if used is None or used < limits.SATURATED:
        return None
    return Evidence(
        f"at the knee the database uses {used:.0%} of the cores that it may use",
        used,
        f">= {limits.SATURATED:.0%}",
        "readings-processes role.cpu_s / role.cores",
    )


def _host(case: Case) -> Evidence | None:
    used, host = case.utilisation("db cpu"), case.utilisation("host cpu")
    if used is None or host is None or host < limits.HOST_SATURATED:
        return None
    return Evidence(
        f"at the knee the database uses {used:.0%} of all cores, and the host is {host:.0%} busy",
        host,
        f">= {limits.HOST_SATURATED:.0%}",
        "readings-processes role.cpu_s, readings-host host.cpu_busy_s",
        holds=used >= 0.3,
    )


DETECTOR = Detector("db-cpu", "database", "The database's processor is full.", _detect, lambda _case, _statement: ())
