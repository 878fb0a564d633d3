"""A scenario that asks for the wrong thing is no load: what one user alone is refused is told, and spoils the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.record.requests import Requests
from analysis.stages.refusals import refused
from analysis.verdict.analyse import analyse
from rampart.model import Stage
from rampart.verdict import Verdict
from tests.planted.recording import Plan, record

PROFILE, RAMP = Stage(0, 100, 1, "profile", 0, 0, 3, "GET /a"), Stage(1, 100, 40, "coarse", 3, 3, 13)


def judged(folder: Path, **plan: float) -> tuple[str, Verdict]:
    verdict = analyse(record(folder, Plan(profiled=True, **plan)))  # type: ignore[arg-type]
    return verdict.outcome, next(check for check in verdict.validity.checks if check.name == "answers")


def test_a_scenario_whose_pages_are_not_there_measures_nothing(tmp_path: Path) -> None:
    outcome, check = judged(tmp_path, error_ratio=1.0, error_status=404)
    assert outcome == "invalid"
    assert check.claim == (
        "one user alone is refused 100% of GET /a at 100 tenants; 100% of POST /b at 100 tenants: look at the scenario"
    )


@pytest.mark.parametrize("plan", [{"error_ratio": 0.2, "error_status": 404}, {"error_ratio": 1.0, "error_status": 429},
                                  {"refused_above_rps": 60.0, "error_status": 500}])  # fmt: skip
def test_some_pages_that_are_gone_and_a_limit_are_no_wrong_scenario(tmp_path: Path, plan: dict[str, float]) -> None:
    outcome, check = judged(tmp_path, **plan)
    assert (outcome != "invalid", check.ok) == (True, True), check


@pytest.mark.parametrize(("share", "spoiled"), [(0.05, False), (0.2, True)])
def test_a_page_that_is_seldom_asked_for_is_told_and_spoils_nothing(share: float, spoiled: bool) -> None:
    count = np.array([[50, 50], [1000 - 1000 * share, 1000 * share]], int)
    bad = np.array([[0, 40], [0, 0]])
    requests = Requests([PROFILE, RAMP], ["GET /a", "GET /gone"], count=count, refused=bad)
    assert refused(requests) == ("80% of GET /gone at 100 tenants", spoiled)


def test_where_nobody_was_alone_nothing_is_said() -> None:
    """With forty users there a failure may be for want of room."""
    requests = Requests([PROFILE, RAMP], ["GET /a"], count=np.array([[0], [1000]]), refused=np.array([[0], [1000]]))
    assert refused(requests) == ("", False)
