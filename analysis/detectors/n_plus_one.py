"""One statement is sent again for each row of a list: the answer needs two statements and costs dozens."""

from __future__ import annotations

from analysis.attribution.attribute import Attribution
from analysis.attribution.repeated_statements import (
    N_PLUS_ONE_CALLS,
    ROWS_OF_ONE,
    app_share,
    claim,
    most_often,
    repeated_statements,
)
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._sign import EXECUTIONS
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief, part_of
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    repeated = repeated_statements(level)
    if not repeated:
        return None
    worst = max(repeated, key=lambda s: _calls(level, s))
    row = most_often(level, worst)
    assert row is not None  # a claim is made from a profiled endpoint
    own = sum(attribution.statements.get(s, 0.0) for s in claims)
    share_of_app = app_share(level)
    share = attribution.share(own + attribution.app * share_of_app)
    evidence = [
        *repeated[worst],
        Evidence(
            f"one {row.endpoint} sends {row.calls:.0f} statements in all",
            row.calls,
            "2 would do",
            "readings-statements db.statement.calls in the profile",
        ),
    ]
    if share_of_app > 0:
        evidence.append(
            Evidence(
                f"repeating statements costs about {share_of_app:.0%} of the application's processor time",
                share_of_app,
                "the share that the remedy would free",
                "readings-processes role.cpu_s, readings-statements db.statement.calls, the profile's slope",
            )
        )
    remedy = Remedy(
        f"Fetch what the list of {row.endpoint} needs in one statement: a join, or WHERE id = ANY($1) "
        "(select_related, selectinload, includes); then one request costs about two statements."
    )
    return supported(
        "n-plus-one", "database", level, share, evidence, remedy,
        resource=level.statement(worst)[:120], endpoint=row.endpoint,
    )  # fmt: skip


def _calls(level: LevelData, statement: str) -> float:
    row = most_often(level, statement)
    return row.statements[statement] if row else 0.0


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Of the repeated statements one call is left, and the application is spared what the others cost it."""
    calls = {s: max(_calls(level, s), 1.0) for s in claims}
    return Relief({**{part_of(s): 1 - 1 / count for s, count in calls.items()}, APP: app_share(level)})


DETECTOR = Detector(
    "n-plus-one", "database", "A statement is sent again for each row of a list.", _detect, claim,
    thresholds=(N_PLUS_ONE_CALLS, ROWS_OF_ONE),
    relief=_relief,
    headline="an N+1 query in {endpoint}",
    seen_by=("pg_stat_statements",),
    claims_after=("lock-contention",),
    signs=(EXECUTIONS,),
    awaited="database",
    needs=(Needs.SQL, Needs.PROFILE),
)  # fmt: skip
