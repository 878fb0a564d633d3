"""What do statements in a loop cost beside one statement?"""

from __future__ import annotations

import statistics
import time

import httpx
import psycopg

from lab.claims._claim import Claim, Measured
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
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        credentials = {"email": "user1@tenant3.example", "password": "rampart"}
        token = http.post("/session", json=credentials).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        http.get("/projects", headers=headers)  # the first one opens connections and plans statements
        before, took = _calls(lab), []
        for _ in range(_TIMES):
            began = time.perf_counter()
            http.get("/projects", headers=headers).raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
    return (_calls(lab) - before) / _TIMES, statistics.median(took)


def _calls(lab: Lab) -> int:
    """Statements that the product has sent so far."""
    query = "SELECT sum(calls) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = 'saas'"
    with psycopg.connect(lab.target.postgres or "") as database:
        row = database.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


CLAIM = Claim(
    "n-plus-one", "A list of 50 items with a user each should be 2 queries, not 51.", measure, ("n-plus-one",)
)
