"""The run folder survives what happens to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampart.errors import UsageError
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, read_batches
from scenarios.generator.table_writer import TableWriter


def written(path: Path, rows: int) -> Path:
    writer = TableWriter(path, READINGS, rows=1)
    for row in range(rows):
        writer.append((float(row), f"metric{row}", float(row), "{}"))
    writer.close()
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return [row for batch in read_batches(path) for row in batch.to_pylist()]


def test_words_that_come_later_are_read_back_right(tmp_path: Path) -> None:
    found = rows(written(tmp_path / "readings-a.arrow", 5))
    assert [row["metric"] for row in found] == [f"metric{n}" for n in range(5)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_torn_tail_costs_the_tail_alone(tmp_path: Path, share: float) -> None:
    path = written(tmp_path / "readings-a.arrow", 20)
    whole, data = rows(path), path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    found = rows(path)
    assert found == whole[: len(found)]
    assert len(found) >= 20 * share - 6


def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "readings-a.arrow"
    TableWriter(path, READINGS.with_metadata({"rampart.schema": "99"})).close()
    with pytest.raises(UsageError, match="newer Rampart"):
        rows(path)


def test_two_runs_of_one_minute_are_two_folders(tmp_path: Path) -> None:
    one, _ = Run.create(tmp_path, "lab", {})
    two, _ = Run.create(tmp_path, "lab", {})
    assert one.folder != two.folder


def test_stages_are_read_back_and_a_torn_line_is_dropped(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    stage = Stage(0, 100, 15, "coarse", 0.0, 3.0, 15.0)
    run.add_stage(stage)
    with (run.folder / "stages.jsonl").open("a") as file:
        file.write('{"index": 1, "ten')
    assert run.stages() == [stage]


def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        Run.open(tmp_path)
