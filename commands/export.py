"""`rampart export`: a run's tables as CSV, for people and their tools."""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv

from conductor.console import Console
from rampart.errors import ExitCode
from rampart.runs import Run
from rampart.tables import read_batches


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where the files go (default: RUN/csv)")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    recorded = Run.open(arguments.run)
    folder: Path = arguments.to or recorded.folder / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(recorded.folder.glob("*.arrow")):
        rows = _write(path, folder / f"{path.stem}.csv")
        console.say(f"{folder / path.stem}.csv: {rows:,} rows")
    return ExitCode.DONE


def _write(source: Path, to: Path) -> int:
    """Stream one table; returns its rows."""
    writer, rows = None, 0
    for batch in read_batches(source):
        plain = pa.record_batch(
            [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns],
            names=batch.schema.names,
        )
        writer = writer or csv.CSVWriter(to, plain.schema)
        writer.write_batch(plain)
        rows += batch.num_rows
    if writer:
        writer.close()
    return rows
