"""A folder that takes nothing more: nothing that was written is lost, and what cannot be written is one sentence.

The limit of a file's size is a full disk that needs no mount: a write is cut short, the next one refused.
"""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rampart.errors import ExitCode, NotReady
from rampart.runs import Run
from rampart.tables import READINGS, read_batches
from rampart.unrecorded import Unrecorded
from scenarios.generator.table_writer import TableWriter


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def rows(path: Path) -> list[float]:
    return [row["at"] for batch in read_batches(path) for row in batch.to_pylist()]


def test_a_table_keeps_all_whole_batches_and_counts_what_it_lost(tmp_path: Path) -> None:
    path = tmp_path / "readings-a.arrow"
    writer = TableWriter(path, READINGS, rows=10, seconds=1e9)
    with files_of_at_most(20_000):
        for number in range(2000):
            writer.append((float(number), f"metric{number}", 1.0, "{}"))
        failed, lost = writer.failed, writer.lost
    writer.append((2000.0, "later", 1.0, "{}"))  # there is room again, but rows are missing in between
    writer.close()
    found = rows(path)
    assert failed == "File too large"
    assert 50 < len(found) == 2000 - lost
    assert found == [float(number) for number in range(len(found))]
    assert path.stat().st_size <= 20_000 and writer.lost == lost + 1


def test_a_line_is_appended_whole_or_not_at_all(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    run.append_line("log.jsonl", {"number": 1})
    with files_of_at_most(40), pytest.raises(Unrecorded, match=r"(No space left|File too large).*Make room"):
        run.append_line("log.jsonl", {"number": 2, "text": "x" * 100})
    run.append_line("log.jsonl", {"number": 3})
    assert [row["number"] for row in run.read_lines("log.jsonl")] == [1, 3]


def test_a_small_file_stays_as_it_was_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    with files_of_at_most(100), pytest.raises(Unrecorded, match=r"cannot be recorded any more.*too large"):
        run.update(outcome="complete", text="x" * 1000)
    assert json.loads((run.folder / "run.json").read_text())["outcome"] == "running"
    assert [path.name for path in run.folder.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    "write",
    [
        lambda run: run.update(outcome="complete"),
        lambda run: run.log(1.0, "conductor", "next stage"),
        lambda run: run.write_json("metrics.json", []),
        lambda run: run.end("complete"),
    ],
    ids=["update", "log", "write_json", "end"],
)
def test_a_folder_that_was_removed_is_one_sentence(tmp_path: Path, write: Callable[[Run], None]) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    shutil.rmtree(run.folder)
    with pytest.raises(Unrecorded, match=r"No such file.*until it has ended") as told:
        write(run)
    assert told.value.code is ExitCode.INCOMPLETE


def test_a_folder_in_which_no_run_can_be_made_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(NotReady, match="no run can be kept in"):
        Run.create(tmp_path / "runs", "lab", {})
    with files_of_at_most(10), pytest.raises(NotReady, match=r"no run can be kept.*too large"):
        Run.create(tmp_path / "other", "lab", {})
    assert list((tmp_path / "other").iterdir()) == []
