"""What is done when a run has ended."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa

from conductor.console import Console
from conductor.session import conclude
from rampart.tables import as_recorded, read_batches
from tests.planted.recording import Plan, record


def test_the_tables_are_rewritten_in_large_batches(tmp_path: Path) -> None:
    run = record(tmp_path, Plan())
    path = run.folder / "requests-1.arrow"
    table = pa.Table.from_batches(list(read_batches(path))).unify_dictionaries()
    with pa.ipc.new_stream(str(path), table.schema) as stream:
        stream.write_table(table, max_chunksize=100)
    assert sum(1 for _ in as_recorded(path)) > 10
    conclude(run, Console(io.StringIO(), io.StringIO()))
    assert sum(1 for _ in as_recorded(path)) == 1
    assert pa.Table.from_batches(list(read_batches(path))).num_rows == table.num_rows
