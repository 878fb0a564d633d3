"""People at work notice answers that are wrong: the scenario alone, as anybody may run it, on labs with a flaw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.lab.data import TENANTS, seeded

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("flaw", "wrong", "seconds"),  # a user comes back to what it wrote after some six requests, of a second each
    [
        ("shared-key", {"/dashboard"}, 6),
        ("stale-cache", {"/projects/{id}"}, 20),
        ("lagging-replica", {"/projects/{id}", "/invoices"}, 20),
        ("healthy", set(), 12),
    ],
)
def test_wrong_answers_are_noticed_and_right_ones_are_not(
    flaw: str, wrong: set[str], seconds: int, tmp_path: Path
) -> None:
    tenants = tmp_path / "tenants.csv"
    tenants.write_text("id,rows\n" + "".join(f"{number},1300\n" for number in range(1, TENANTS + 1)))
    with seeded(flaw) as lab:
        command = [sys.executable, "-m", "locust", "-f", "scenarios/saas.py", "--headless", "--host", lab.target.url]
        command += ["-u", "60", "-r", "60", "-t", f"{seconds}s", "--json", "--loglevel", "ERROR"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": "/usr/bin:/bin", "RAMPART_TENANTS": str(tenants)},
        )  # fmt: skip
    rows = json.loads(done.stdout)
    assert sum(row["num_requests"] for row in rows) > 100, done.stderr
    failed = {row["name"]: row["num_failures"] for row in rows if row["num_failures"]}
    assert set(failed) == wrong
