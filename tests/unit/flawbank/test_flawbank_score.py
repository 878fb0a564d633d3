"""A bank made of the recordings that the repository keeps: scored again from disk, and resumed where it was left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from commands.main import main
from conductor.console import Console
from conductor.session import Options
from flawbank.cases import Case
from flawbank.run import Bank, carry_out, judged
from rampart.config import Target

RECORDINGS = Path(__file__).parents[2] / "recordings"
NAMES = ("app-pool", "n-plus-one", "workers", "healthy")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    made = Bank(folder)
    for name in NAMES:
        shutil.copytree(RECORDINGS / name, folder / name)
        wanted = json.loads((folder / name / "truth.json").read_text())["wanted"]
        flaws = [] if name == "healthy" else [name]
        made.add({"key": f"{name}@1#1", "flaws": flaws, "tenants": 100, "wanted": wanted, "run": name})
    made.add({"key": "sync-work@1#1", "flaws": ["sync-work"], "tenants": 100, "wanted": "sync-work", "run": None,
              "error": "the lab did not start: no room"})  # fmt: skip
    return made


def test_every_recording_is_judged_again_and_a_failed_case_is_told(bank: Bank) -> None:
    figures = judged(bank)
    assert (figures["exact_ac1"]["right"], figures["exact_ac1"]["of"]) == (3, 3)
    assert (figures["false_alarms"]["right"], figures["false_alarms"]["of"]) == (0, 1)
    assert figures["confusion"]["workers"] == {"workers": 1}
    assert [row["key"] for row in figures["failed"]] == ["sync-work@1#1"]
    assert figures["wrong"] == []
    assert figures["controls"]["permuted"]["mean"] < 0.6


def test_a_wrong_label_is_a_wrong_answer(bank: Bank, tmp_path: Path) -> None:
    other = Bank(tmp_path)
    shutil.copytree(bank.folder / "app-pool", tmp_path / "app-pool")
    other.add({"key": "x", "flaws": ["x"], "tenants": 100, "wanted": "db-io", "run": "app-pool"})
    figures = judged(other)
    assert figures["exact_ac1"]["right"] == 0
    assert figures["family_ac1"]["right"] == 1  # both are of the database
    assert [row["named"] for row in figures["wrong"]] == ["app-pool"]


def test_the_command_scores_what_is_there_and_ends_in_one_json_line(
    bank: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["flawbank", "--bank", str(bank.folder), "--minutes", "0"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    last = json.loads(lines[-1])
    assert last["bench"] == "flawbank"
    assert last["figures"]["exact_ac1"] == 1.0
    assert last["goals"]["exact_ac1"] == [0.9, True]
    assert any("failed: sync-work@1#1" in line for line in lines)
    assert any("calibration error" in line and " to " in line for line in lines)
    told = last["figures"]["intervals"]
    assert told["exact_ac1"][0] < 1.0 == told["exact_ac1"][1]
    # Rules that are judged on the same recordings, each with its interval.
    assert last["figures"]["rules"]["random"]["exact_ac1"] < 1.0
    assert sum(line.strip().startswith("BARO ") and line.count(" to ") == 3 for line in lines) == 1
    assert json.loads((bank.folder / "labels.json").read_text())["healthy"] == "not_reached"
    assert json.loads((bank.folder / "bank.json").read_text())["runs"] == 4


def test_what_is_recorded_is_not_run_again_and_no_time_starts_nothing(bank: Bank) -> None:
    cases = [
        Case(("app-pool",), 1, "app-pool", 1),
        Case(("sync-work",), 1, "sync-work", 1),
        Case(("workers",), 9, "w", 1),
    ]
    options = Options(Target("lab", "", lab=True))
    # app-pool has a recording; sync-work failed and is due again.
    assert carry_out(bank, cases, options, 0.0, Console()) == 2


def test_a_measurement_that_was_at_fault_is_due_once_more_and_the_last_one_counts(bank: Bank, tmp_path: Path) -> None:
    other = Bank(tmp_path)
    row = {"key": "x", "flaws": ["x"], "tenants": 100, "wanted": "app-pool"}
    other.add({**row, "run": "first", "outcome": "invalid"})
    assert other.due("x")
    shutil.copytree(bank.folder / "app-pool", tmp_path / "second")
    other.add({**row, "run": "second", "outcome": "invalid"})
    assert not other.due("x")
    assert [one["run"] for one in other.answers()] == ["second"]
    assert judged(other)["exact_ac1"]["right"] == 1


def test_an_empty_bank_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flawbank", "--bank", str(tmp_path), "--minutes", "0"]) == 2
    assert "holds no recordings" in capsys.readouterr().err
    assert main(["flawbank", "--only", "app-pol"]) == 2
    assert "Did you mean 'app-pool'?" in capsys.readouterr().err


def test_flaws_and_health_beside_decoys_are_told_by_themselves(bank: Bank, tmp_path: Path) -> None:
    other = Bank(tmp_path)
    for name, flaws, wanted in (("app-pool", ["app-pool"], "app-pool"), ("healthy", [], "not_reached")):
        shutil.copytree(bank.folder / name, tmp_path / name)
        row = {"key": name, "flaws": flaws, "decoys": ["busy-batch"], "tenants": 100, "wanted": wanted, "run": name}
        other.add(row)
    figures = judged(other)
    assert (figures["decoyed"]["right"], figures["decoyed"]["of"]) == (1, 1)
    assert (figures["decoy_alarms"]["right"], figures["decoy_alarms"]["of"]) == (0, 1)
    assert figures["alone"]["of"] == 0
