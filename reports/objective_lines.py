"""The objectives of a verdict, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rampart.verdict import Objective, Verdict
from reports.numbers import tenants

WORDS: Mapping[bool | None, str] = {True: "Objective met", False: "Objective missed", None: "Objective not judged"}


def judged_objectives(verdict: Verdict) -> Iterator[tuple[str, Objective, str]]:
    """Where (with a colon), the objective, and what became of it, level by level.

    Where all are about all requests and no number of users is wanted, the table's bracket says it already.
    """
    rows = verdict.objectives
    plain = all(row.endpoint is None and row.wanted_users is None for row in rows)
    for row in rows:
        if row.met is False or not plain:
            yield f"{tenants(row.tenants)}: ", row, WORDS[row.met]
