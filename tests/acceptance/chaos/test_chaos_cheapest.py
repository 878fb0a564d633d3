"""The cheapest pairs of `make chaos` at every push: a seeding that is told to end, or killed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("fault", "moment"), [("SIGTERM", "middle"), ("SIGKILL", "early")])
def test_a_seeding_ends_as_expected_and_leaves_nothing_unreported(fault: str, moment: str) -> None:
    command = [sys.executable, "-m", "tests.acceptance.chaos.pair", fault, "seed", moment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, seen["deviations"], seen["lost"]) == (0, [], "nothing"), done.stderr
    assert any("seed --resume" in what for what in seen["told"])
