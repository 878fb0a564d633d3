"""What is known of a scenario that ran is in the verdict: what differs from it is a gap, what it raised a check."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from analysis.record.requests import Requests
from analysis.record.scenario import scenario_notes
from analysis.stages.operating_point import Point
from analysis.verdict.analyse import analyse
from analysis.verdict.scenario_gaps import scenario_gaps
from rampart.model import Gap, Stage
from reports.terminal import lines
from tests.planted.recording import Plan, record

STAGES = (
    Stage(0, 0, 1, "profile", 0, 0, 3, "a"),
    Stage(1, 0, 15, "coarse", 3, 3, 13),
    Stage(2, 0, 150, "coarse", 13, 13, 23),
)
ALIKE = ((50, 5), (75, 25), (750, 250))  # requests by stage and endpoint
SCENARIO = {"kind": "scenario", "hosts": [], "shape": None, "classes": []}


def gaps(*rows: dict[str, Any], counts: Any = ALIKE, digests: bool = True) -> dict[str, Gap]:
    """By code, of a run of three stages in which this was found out about the scenario."""
    count = np.array(counts)
    requests = Requests(STAGES, ["GET /a", "GET /b"], count=count, sent=count)
    points = [Point(stage, n, int(count[n].sum()), 0, 5.0, 1.0) for n, stage in enumerate(STAGES)]
    return {gap.code: gap for gap in scenario_gaps(scenario_notes(rows), points, requests, digests)}


def test_a_scenario_that_ran_as_it_is_has_no_gaps() -> None:
    assert gaps() == {}
    assert gaps(SCENARIO, {"kind": "options", "put_back": {}}) == {}


def test_what_was_put_back_is_told() -> None:
    own = {**SCENARIO, "hosts": [{"user": "Elsewhere", "host": "elsewhere.invalid:80"}], "shape": "Spikes"}
    found = gaps({"kind": "options", "put_back": {"users": "500", "run-time": "1h"}}, own)
    assert found.keys() == {"SCENARIO-OPTIONS", "SCENARIO-HOST", "SCENARIO-SHAPE"}
    assert "run-time = 1h, users = 500" in found["SCENARIO-OPTIONS"].reason
    assert 'allow = ["elsewhere.invalid:80"]' in found["SCENARIO-HOST"].remedy
    assert "Spikes" in found["SCENARIO-SHAPE"].reason


def test_tasks_and_endpoints_that_were_not_profiled_are_told() -> None:
    late = {"kind": "scenario", "classes": [], "without_tasks": ["Late"]}
    missed = [{"kind": "unprofiled", "task": task, "tenants": 0} for task in ("write", "Shop.pay", "write")]
    found = gaps(SCENARIO, late, *missed, counts=((50, 0), (75, 25), (750, 250)))
    assert found["TASKS-NOT-PROFILED"].reason.startswith("write, Shop.pay sent no request alone")
    assert found["TASKS-NOT-KNOWN"].reason.startswith("Late has no tasks")
    assert found["ENDPOINTS-NOT-PROFILED"].reason == "no task that was profiled sent GET /b"
    assert all(gap.lost == ("n-plus-one",) for gap in found.values())


def test_a_mix_that_changes_along_the_ramp_is_told_with_its_shares() -> None:
    fixed = {**SCENARIO, "classes": [{"name": "Admin", "fixed_count": 3}, {"name": "Player", "fixed_count": 0}]}
    reason = gaps(fixed, counts=((50, 5), (20, 80), (900, 100)))["MIX-CHANGES"].reason
    assert "Admin has 3" in reason and "Player" not in reason
    assert "Shares at 15 and at 150 users: GET /a 20% and 90%; GET /b 80% and 10%" in reason
    assert "nobody" not in reason
    many = {**SCENARIO, "classes": [{"name": "Admin", "fixed_count": 15}, {"name": "Player", "fixed_count": 0}]}
    assert gaps(many)["MIX-CHANGES"].reason.endswith("at 15 users nobody is of the other classes")
    assert "MIX-CHANGES" not in gaps(SCENARIO, counts=((50, 5), (20, 80), (900, 100)))


def test_what_hides_or_bends_findings_is_told() -> None:
    paced = {**SCENARIO, "classes": [{"name": "Paced", "lock_step": True}]}
    found = gaps(paced, {"kind": "cut_off", "seconds": 15.0}, digests=False)
    assert found.keys() == {"LOCK-STEP", "CLEAN-UP-CUT-OFF", "DIGESTS-OFF"}
    assert found["DIGESTS-OFF"].lost == ("cache-missing", "http-cache-missing")


def test_exceptions_of_the_scenario_are_a_check_and_what_could_not_be_written_says_why(tmp_path: Path) -> None:
    run = record(tmp_path, Plan(profiled=True))
    before = {check.name for check in analyse(run).validity.checks}
    for row in (
        SCENARIO,
        {"kind": "exception", "said": "KeyError: 'items'", "place": "first_item (shop.py, line 12)", "count": 226},
        {"kind": "exception", "said": "ValueError: no", "place": "", "count": 1},
        {"kind": "exception", "said": "KeyError: 'items'", "place": "first_item (shop.py, line 12)", "count": 4},
        {"kind": "unprofiled", "task": "write", "tenants": 100},
    ):
        run.append_line("scenario.jsonl", row)
    verdict = analyse(run)
    assert "scenario" not in before  # runs from before there were notes
    [check] = [check for check in verdict.validity.checks if check.name == "scenario"]
    said = "it raised 231 exceptions: KeyError: 'items' in first_item (shop.py, line 12), and 1 other"
    assert (check.ok, check.claim) == (False, said)
    shown = StringIO()
    Console(file=shown, width=400).print(lines(verdict))
    assert said in shown.getvalue()
    assert "Not seen: write sent no request alone" in shown.getvalue()
