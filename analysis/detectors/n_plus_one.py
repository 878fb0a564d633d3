"""One statement is sent again for each row of a list: the answer needs two statements and costs dozens."""

from __future__ import annotations

from analysis.attribution.attribute import Blame
from analysis.attribution.repeated_statements import app_share, claim, most_often, repeated_statements
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from rampart.model import Evidence, Finding, Remedy


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    repeated = repeated_statements(case)
    if not repeated:
        return None
    worst = max(repeated, key=lambda s: _calls(case, s))
    row = most_often(case, worst)
    assert row is not None  # a claim is made from a profiled endpoint
    own = sum(blame.statements.get(s, 0.0) for s in claims)
    share_of_app = app_share(case)
    share = blame.share(own + blame.app * share_of_app)
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
        "n-plus-one", "database", case, share, evidence, remedy,
        resource=case.statement(worst)[:120], endpoint=row.endpoint,
    )  # fmt: skip


def _calls(case: Case, statement: str) -> float:
    row = most_often(case, statement)
    return row.statements[statement] if row else 0.0


DETECTOR = Detector("n-plus-one", "database", "A statement is sent again for each row of a list.", _detect, claim)
