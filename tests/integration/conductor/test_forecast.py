"""The first limit is foretold before the first stage of the ramp, and the verdict scores what was written then."""

from __future__ import annotations

import json

import pytest

from tests.integration.conductor.conftest import Interrupted

pytestmark = pytest.mark.alone


@pytest.mark.timeout(180)
def test_the_prediction_is_in_the_log_before_the_first_stage_of_the_ramp(interrupted: Interrupted) -> None:
    run = interrupted.run
    (line,) = [line for line in run.read_lines("log.jsonl") if line["source"] == "prediction"]
    assert "error" not in line
    first = min(stage.started_at for stage in run.stages() if stage.purpose != "profile")
    assert line["at"] <= first + 0.001  # the log is rounded to milliseconds
    told = line["prediction"]
    assert f"predicted before the ramp: {told['first']} at about" in interrupted.out
    (checked,) = json.loads((run.folder / "verdict.json").read_text())["predicted_before"]
    assert (checked["made"], checked["made_at"]) == ("before", line["at"])
    assert checked["knee_users"] == told["knee_users"]
