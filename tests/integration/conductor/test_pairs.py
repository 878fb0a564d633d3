"""Each flaw of a pair mended alone on a real lab, by turns."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from commands._target import DEFAULT
from conductor.console import Console
from conductor.experiment import blocks
from conductor.timing import Timing
from flawbank.pairs import settle_pairs
from flawbank.run import Bank
from rampart.runs import Run
from rampart.target_file import read_target

RECORDINGS = Path(__file__).parents[2] / "recordings"


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_the_one_whose_end_brings_more_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "TIMING", Timing(warmup_s=1.5, steady_s=2.5, profile_s=0.0))
    monkeypatch.setattr(blocks, "_PAST", (1.3,))
    flaws, bank = ["app-pool", "slow-service"], Bank(tmp_path)
    shutil.copytree(RECORDINGS / "app-pool", tmp_path / "run")
    (tmp_path / "run/lab.json").write_text(json.dumps({"flaws": flaws}))
    bank.add({"key": "two", "flaws": flaws, "tenants": 100, "wanted": "app-pool", "run": "run"})
    (row,) = settle_pairs(bank, read_target(DEFAULT), 60, Console())
    assert row["first"] != "slow-service", row["said"]
    (recorded,) = (tmp_path / "run").glob("*-confirm")
    trial, *stages = Run.open(recorded).stages()
    turns = ["unmended", "without app-pool", "without slow-service"]
    assert [trial.purpose, *(stage.purpose for stage in stages)] == ["trial", *turns, *reversed(turns)]
    assert Run.open(recorded).about["outcome"] == "complete"
    # None where the machine was too busy for its stages to be trusted: then it is due again.
    told = Run.open(tmp_path / "run").read_json("pair.json")
    assert told is None or (row["first"], row["said"]) == (told["first"], told["sentence"])
