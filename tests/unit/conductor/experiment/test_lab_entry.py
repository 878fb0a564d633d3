"""The entry of a lab: what should be left of a killed run's lab is ended, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from conductor.console import Console
from conductor.experiment.journal import Journal, in_force, new_entry, started
from conductor.experiment.journalled import lab_journal
from conductor.experiment.take_back import left_over, require_none, take_back_all
from rampart.config import Target
from rampart.errors import NotReady

LAB = Target("lab", "http://127.0.0.1:1", lab=True)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def left() -> Iterator[tuple[int, float]]:
    """A process that outlived its lab."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process.pid, psutil.Process(process.pid).create_time()
        process.kill()


def of_a_dead_process(folder: Path, *processes: tuple[int, float]) -> Journal:
    entry = replace(new_entry(folder, LAB, "app-pool", "widens the pool"), pid_started=1.0)
    journal = Journal(entry, folder)
    journal.write("applied", processes=processes)
    return journal


def test_what_is_left_of_it_is_ended_and_told(
    tmp_path: Path, left: tuple[int, float], capsys: pytest.CaptureFixture[str]
) -> None:
    of_a_dead_process(tmp_path, left)
    assert "removes what is left of it" in require_none(LAB)
    take_back_all(LAB, Console())
    assert "1 of its processes were ended now" in capsys.readouterr().out
    assert started(left[0]) is None and list(in_force()) == []


def test_another_process_of_the_same_id_is_not_touched(tmp_path: Path, left: tuple[int, float]) -> None:
    of_a_dead_process(tmp_path, (left[0], left[1] - 100.0))
    take_back_all(LAB, Console())
    assert started(left[0]) == left[1] and list(in_force()) == []


def test_a_living_experiment_is_left_alone_and_closes_its_own(tmp_path: Path) -> None:
    with lab_journal(tmp_path, LAB):
        assert len(list(in_force())) == 1 and left_over(LAB) == []
    assert list(in_force()) == []


def test_a_target_of_ones_own_does_not_see_labs(tmp_path: Path) -> None:
    of_a_dead_process(tmp_path)
    assert left_over(Target("shop", "http://127.0.0.1:1")) == []


def test_an_entry_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    journal = of_a_dead_process(tmp_path)
    journal.standing.write_text('{"schema": 99}')
    with pytest.raises(NotReady, match="another version of Rampart"):
        require_none(LAB)
