"""People at work notice answers that are wrong: the scenario alone, as anybody may run it, on labs with a flaw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.staging import Lab
from tests.integration.lab.data import TENANTS, seeded

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tenants(tmp_path: Path) -> Path:
    """The file in which the scenario finds whom it may sign in as."""
    file = tmp_path / "tenants.csv"
    file.write_text("id,rows\n" + "".join(f"{number},1300\n" for number in range(1, TENANTS + 1)))
    return file


def wrong(lab: Lab, tenants: Path, seconds: int) -> set[str]:
    """What fails for sixty people, who come back to what they wrote after some six requests of a second each."""
    command = [sys.executable, "-m", "locust", "-f", "scenarios/saas.py", "--headless", "--host", lab.target.url]
    command += ["-u", "60", "-r", "60", "-t", f"{seconds}s", "--json", "--loglevel", "ERROR"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 60, check=False,
        env={"PATH": "/usr/bin:/bin", "RAMPART_TENANTS": str(tenants)},
    )  # fmt: skip
    rows = json.loads(done.stdout)
    assert sum(row["num_requests"] for row in rows) > 100, done.stderr
    return {row["name"] for row in rows if row["num_failures"]}


def test_wrong_answers_are_noticed_and_right_ones_are_not(tenants: Path) -> None:
    with seeded("shared-key", "stale-cache") as lab:
        assert wrong(lab, tenants, 20) == {"/dashboard", "/projects/{id}"}
        lab.fix("shared-key")
        lab.fix("stale-cache")
        assert wrong(lab, tenants, 12) == set()


@pytest.mark.parametrize(
    ("flaw", "noticed"),
    [
        pytest.param("shared-key", {"/dashboard"}, marks=pytest.mark.acceptance),
        pytest.param("stale-cache", {"/projects/{id}"}, marks=pytest.mark.acceptance),
        ("lagging-replica", {"/projects/{id}", "/invoices"}),
    ],
)
def test_each_flaw_is_noticed_where_it_shows(flaw: str, noticed: set[str], tenants: Path) -> None:
    with seeded(flaw) as lab:
        assert wrong(lab, tenants, 20) == noticed
