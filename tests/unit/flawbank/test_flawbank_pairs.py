"""What an experiment found to be the first of two flaws is the truth; what it left open is not counted."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from commands._target import DEFAULT
from commands.main import main
from conductor.console import Console
from flawbank.pairs import settle_pairs
from flawbank.run import Bank, judged, label
from flawbank.table import pairs_table
from rampart.model import JSON
from rampart.target_file import read_target

RECORDINGS = Path(__file__).parents[2] / "recordings"
BOTH = ("event-loop-blocked", "app-pool")  # by their limits alone, the one before the other
QUIET = Console(io.StringIO(), io.StringIO())


def paired(folder: Path, recording: str, *flaws: str, wanted: str, first: str | None = "", said: str = "x") -> Bank:
    """A bank of one recording, said to be of two flaws; `first` "": no experiment was made."""
    bank = Bank(folder)
    shutil.copytree(RECORDINGS / recording, folder / recording)
    key = f"{'+'.join(flaws)}@100#1"
    bank.add({"key": key, "flaws": list(flaws), "tenants": 100, "wanted": wanted, "run": recording})
    if first != "":
        (folder / recording / "pair.json").write_text(json.dumps({"first": first, "sentence": said}))
    return bank


def right(figures: JSON) -> tuple[int, int]:
    return figures["pairs"]["right"], figures["pairs"]["of"]


def test_where_no_experiment_was_made_the_limits_alone_tell(tmp_path: Path) -> None:
    apart = judged(paired(tmp_path / "a", "app-pool", *BOTH, wanted="event-loop-blocked"))
    assert right(apart) == (0, 1)
    # The other way round their limits are not in that order.
    near = judged(paired(tmp_path / "b", "app-pool", "app-pool", "event-loop-blocked", wanted="app-pool"))
    assert (right(near), near["no_first"]) == ((0, 0), ["app-pool+event-loop-blocked@100#1"])


@pytest.mark.parametrize(("first", "expected"), [("app-pool", (1, 1)), ("event-loop-blocked", (0, 1))])
def test_what_the_experiment_found_is_the_truth(tmp_path: Path, first: str, expected: tuple[int, int]) -> None:
    bank = paired(tmp_path, "app-pool", *BOTH, wanted="event-loop-blocked", first=first)
    assert right(judged(bank)) == expected
    label(bank)
    assert json.loads((tmp_path / "labels.json").read_text()) == {"app-pool": first}


def test_what_the_experiment_left_open_is_not_counted(tmp_path: Path) -> None:
    bank = paired(tmp_path, "app-pool", *BOTH, wanted="event-loop-blocked", first=None)
    figures = judged(bank)
    assert (right(figures), figures["no_first"]) == ((0, 0), ["event-loop-blocked+app-pool@100#1"])


def test_what_was_found_before_is_taken_from_the_run_and_no_time_starts_nothing(tmp_path: Path) -> None:
    known = paired(tmp_path / "a", "app-pool", *BOTH, wanted="event-loop-blocked", first="app-pool")
    (row,) = settle_pairs(known, read_target(DEFAULT), 0, QUIET)
    assert (row["first"], row["expected"]) == ("app-pool", "event-loop-blocked")
    assert "by their limits alone it was event-loop-blocked" in next(pairs_table([row]))
    due = paired(tmp_path / "b", "app-pool", *BOTH, wanted="event-loop-blocked")
    (row,) = settle_pairs(due, read_target(DEFAULT), 0, QUIET)
    assert (row["first"], row["said"]) == (None, None)
    assert "not done in time" in next(pairs_table([row]))
    assert settle_pairs(due, read_target(DEFAULT), 0, QUIET, ["app-pool"]) == []


def test_a_pair_that_no_one_number_can_tell_is_not_tried(tmp_path: Path) -> None:
    jobs = paired(tmp_path / "a", "app-pool", "app-pool", "workers", wanted="app-pool")
    (row,) = settle_pairs(jobs, read_target(DEFAULT), 60, QUIET)
    assert "not tried: jobs done and requests answered" in row["said"]
    unlimited = paired(tmp_path / "b", "healthy", "app-pool", "event-loop-blocked", wanted="app-pool")
    (row,) = settle_pairs(unlimited, read_target(DEFAULT), 60, QUIET)
    assert "met no limit" in row["said"]
    assert not list(tmp_path.rglob("pair.json"))


def test_a_bank_without_pairs_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flawbank", "--pairs", "--bank", str(tmp_path)]) == 2
    assert "holds no pairs" in capsys.readouterr().err


def test_the_command_tells_each_pair_and_ends_in_one_json_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paired(
        tmp_path,
        "app-pool",
        "event-loop-blocked",
        "app-pool",
        wanted="event-loop-blocked",
        first="app-pool",
        said="It is so.",
    )
    assert main(["flawbank", "--pairs", "--bank", str(tmp_path), "--minutes", "0"]) == 0
    *lines, last = capsys.readouterr().out.strip().splitlines()
    assert any("It is so." in line for line in lines)
    assert json.loads(last)["figures"] == {"pairs": 1, "settled": 1, "as_expected": 0}
