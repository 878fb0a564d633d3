"""What do statements in a loop cost beside one statement?"""

from __future__ import annotations

import statistics
import time

from lab.claims._claim import Claim, Measured
from lab.claims._product import signed_in, statements
from lab.staging import Lab

_TIMES = 15


def measure(lab: Lab) -> Measured:
    """Statements and milliseconds for a tenant's project list, in a loop and in one statement."""
    lazy = _cost(lab)
    lab.fix("n-plus-one")
    joined = _cost(lab)
    rows = [
        ("in a loop", lazy[0], "statements"), ("in a loop", lazy[1], "ms"),
        ("in one statement", joined[0], "statements"), ("in one statement", joined[1], "ms"),
    ]  # fmt: skip
    said = (
        f"{lazy[0]:.0f} statements against {joined[0]:.0f}, and {lazy[1] / joined[1]:.0f} times the time for one user."
    )
    return Measured(rows, lazy[0] > 10 * joined[0] and lazy[1] > 2 * joined[1], said)


def _cost(lab: Lab) -> tuple[float, float]:
    with signed_in(lab, 3) as person:
        person.get("/projects")  # the first one opens connections and plans statements
        before, took = statements(lab.target.postgres), []
        for _ in range(_TIMES):
            began = time.perf_counter()
            person.get("/projects").raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
    return (statements(lab.target.postgres) - before) / _TIMES, statistics.median(took)


CLAIM = Claim(
    "n-plus-one", "A list of 50 items with a user each should be 2 queries, not 51.", measure, ("n-plus-one",)
)
