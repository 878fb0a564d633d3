"""A table rewritten in large batches holds the same rows, and no accident on the way loses one."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from analysis.verdict.analyse import analyse
from commands.main import main
from rampart import compaction, tables
from rampart.compaction import compact
from rampart.runs import Run
from rampart.tables import READINGS, as_recorded, read_batches
from scenarios.generator.table_writer import TableWriter
from tests.planted.recording import Plan, record


def written(path: Path, rows: int) -> Path:
    """A batch a row, each with a word that is new."""
    writer = TableWriter(path, READINGS, rows=1)
    for row in range(rows):
        writer.append((float(row), f"metric{row}", float(row), "{}"))
    writer.close()
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return [row for batch in read_batches(path) for row in batch.to_pylist()]


def test_the_rows_are_the_same_and_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "readings-a.arrow", 50)
    recorded = rows(path)
    monkeypatch.setattr(tables, "BATCH_ROWS", 20)
    assert compact(path)
    assert [batch.num_rows for batch in as_recorded(path)] == [20, 20, 10]
    assert rows(path) == recorded
    assert list(tmp_path.iterdir()) == [path]


def test_where_batches_are_cut_does_not_depend_on_how_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 20)
    path = written(tmp_path / "readings-a.arrow", 50)
    small = list(read_batches(path))
    compact(path)
    assert [batch.to_pylist() for batch in read_batches(path)] == [batch.to_pylist() for batch in small]


def test_only_the_columns_that_are_wanted_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "readings-a.arrow", 3)
    [batch] = read_batches(path, {"at", "metric"})
    assert batch.schema.names == ["at", "metric"]
    assert batch.column("metric").to_pylist() == ["metric0", "metric1", "metric2"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_table_with_a_torn_tail_is_not_touched(tmp_path: Path, share: float) -> None:
    path = written(tmp_path / "readings-a.arrow", 20)
    torn = path.read_bytes()[: int(path.stat().st_size * share)]
    path.write_bytes(torn)
    assert not compact(path)
    assert path.read_bytes() == torn
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_while_it_is_rewritten_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "readings-a.arrow", 20)
    recorded = rows(path)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compaction.os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        compact(path)
    assert rows(path) == recorded


def test_a_full_disk_leaves_the_table_as_it_was_and_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    path = written(run.folder / "readings-a.arrow", 20)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compaction.os, "fsync", full)
    run.end("complete")
    assert path.read_bytes() == before
    assert [row["message"] for row in run.read_lines("log.jsonl")] == ["readings-a.arrow stays in small batches"]


def test_an_interrupted_run_keeps_its_small_batches(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    before = written(run.folder / "readings-a.arrow", 20).read_bytes()
    run.end("interrupted")
    assert (run.folder / "readings-a.arrow").read_bytes() == before


@pytest.mark.parametrize(("outcome", "left"), [("complete", []), ("interrupted", []), ("running", [".a.arrow.new"])])
def test_a_report_removes_what_a_killed_run_left_half_written(tmp_path: Path, outcome: str, left: list[str]) -> None:
    run = record(tmp_path, Plan())
    run.update(outcome=outcome)
    (run.folder / ".a.arrow.new").touch()
    main(["report", str(run.folder)])
    assert [path.name for path in run.folder.glob(".*")] == left


def test_the_verdict_is_the_same_of_both_forms(tmp_path: Path) -> None:
    run = record(tmp_path, Plan())
    for path in run.folder.glob("*.arrow"):
        in_small_batches(path)
    as_it_was_recorded = json.dumps(analyse(run), default=str)
    run.end("complete")
    assert {sum(1 for _ in as_recorded(path)) for path in run.folder.glob("*.arrow")} == {1}
    assert json.dumps(analyse(run), default=str) == as_it_was_recorded


def in_small_batches(path: Path) -> None:
    """As a writer leaves it that flushed every ten rows."""
    table = pa.Table.from_batches(list(read_batches(path))).unify_dictionaries()
    with pa.ipc.new_stream(str(path), table.schema) as stream:
        stream.write_table(table, max_chunksize=10)
    assert sum(1 for _ in as_recorded(path)) > 10
