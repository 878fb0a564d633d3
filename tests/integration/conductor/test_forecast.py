"""The first limit is foretold before the first stage of the ramp, and the verdict scores what was written then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.main import main
from rampart.runs import Run

pytestmark = pytest.mark.alone


@pytest.mark.timeout(120)
def test_the_prediction_is_in_the_log_before_the_first_stage_of_the_ramp(
    shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target, runs = tmp_path / "shop.toml", tmp_path / "runs"
    target.write_text(shop.read_text().replace("max_users = 300", "max_users = 20"))
    assert main(["ramp", "--target", str(target), "--quick", "--minutes", "0.6", "--runs", str(runs)]) in (0, 4)
    run = Run.open(next(runs.iterdir()))
    (line,) = [line for line in run.read_lines("log.jsonl") if line["source"] == "prediction"]
    assert "error" not in line
    first = min(stage.started_at for stage in run.stages() if stage.purpose != "profile")
    assert line["at"] <= first + 0.001  # the log is rounded to milliseconds
    told = line["prediction"]
    assert f"predicted before the ramp: {told['first']} at about" in capfd.readouterr().out
    (checked,) = json.loads((run.folder / "verdict.json").read_text())["predicted_before"]
    assert (checked["made"], checked["made_at"]) == ("before", line["at"])
    assert checked["knee_users"] == told["knee_users"]
