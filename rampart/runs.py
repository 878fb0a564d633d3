"""The run folder: append-only plain files that survive a kill, and how to read them back.

Bulk tables are Arrow IPC streams (dictionary-encoded), one writer per file; a torn tail costs the last batch.
Small ones are JSON. Producers write, consumers read, and every view can be made again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from rampart.compaction import compact
from rampart.errors import NotReady, UsageError
from rampart.masking import masked
from rampart.model import JSON, Stage
from rampart.tables import SCHEMA, check_schema, read_batches
from rampart.unrecorded import append_whole, recording, remedy_for, replace_file


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since the start of the run, from the one monotonic clock that all local processes share."""

    origin_monotonic: float
    origin_wall: float

    @classmethod
    def start(cls) -> Clock:
        return cls(time.monotonic(), time.time())

    def now(self) -> float:
        return time.monotonic() - self.origin_monotonic


class Run:
    """One run folder. Opening it reads `run.json` and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._appending = threading.Lock()

    @classmethod
    def create(cls, parent: Path, name: str, about: JSON) -> tuple[Run, Clock]:
        """A new folder `parent/<UTC minute>-<name>`, numbered when that one exists; NotReady where none can be made."""
        clock = Clock.start()
        stem = time.strftime("%Y-%m-%dT%H%M", time.gmtime(clock.origin_wall)) + f"-{name}"
        try:
            run = cls(new_folder(parent, stem))
            try:
                run._replace("run.json", {"schema": SCHEMA, "outcome": "running", **about, "clock": asdict(clock)})
            except OSError:
                with suppress(OSError):
                    run.folder.rmdir()
                raise
        except OSError as error:
            raise NotReady(f"no run can be kept in {parent}", str(error), remedy_for(error)) from error
        return run, clock

    @classmethod
    def open(cls, folder: Path) -> Run:
        """An existing run; a UsageError where there is none or another version wrote it."""
        run = cls(folder)
        try:
            about = run.about
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{folder} is not a run",
                f"its run.json cannot be read ({error})",
                "Name a folder below runs/; `rampart history` lists them.",
            ) from error
        check_schema(int(about.get("schema", 0)), "run.json")
        return run

    @property
    def about(self) -> JSON:
        """`run.json`: versions, resolved configuration, host, clock, outcome."""
        loaded: JSON = json.loads((self.folder / "run.json").read_text())
        return loaded

    def update(self, **fields: Any) -> None:
        """Change fields of `run.json`."""
        with recording(self.folder):
            self._replace("run.json", {**self.about, **masked(fields)})

    def write_json(self, name: str, value: Any) -> None:
        """Replace a small file whole; this and all that writes raises Unrecorded where the folder takes no more."""
        with recording(self.folder):
            self._replace(name, value)

    def _replace(self, name: str, value: Any) -> None:
        replace_file(self.folder / name, json.dumps(value, indent=1, sort_keys=False) + "\n")

    def read_json(self, name: str, default: Any = None) -> Any:
        """A small file, or `default` where it is missing or torn."""
        try:
            return json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return default

    def append_line(self, name: str, value: JSON) -> None:
        """Append one JSON line."""
        with self._appending, recording(self.folder):
            append_whole(self.folder / name, json.dumps(value) + "\n")

    def read_lines(self, name: str) -> list[JSON]:
        """The JSON lines of a file; a torn last line is dropped."""
        path = self.folder / name
        rows: list[JSON] = []
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows

    def log(self, at: float, source: str, message: str, **fields: Any) -> None:
        """What happened: each probe failure, degrade message and decision."""
        line = {"at": round(at, 3), "source": source, "message": message, **fields}
        self.append_line("log.jsonl", masked(line))

    def add_stage(self, stage: Stage) -> None:
        """Record a stage that has ended."""
        self.append_line("stages.jsonl", {"schema": SCHEMA, **asdict(stage)})

    def stages(self) -> list[Stage]:
        """The stages in the order in which they ran."""
        return [Stage(**{k: v for k, v in row.items() if k != "schema"}) for row in self.read_lines("stages.jsonl")]

    def requests(self, columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All recorded requests, file by file in large batches, and of them the columns that are wanted."""
        for path in sorted(self.folder.glob("requests-*.arrow")):
            yield from read_batches(path, columns)

    def readings(self) -> Iterator[pa.RecordBatch]:
        """All recorded readings, file by file in large batches."""
        for path in sorted(self.folder.glob("readings-*.arrow")):
            yield from read_batches(path)

    def end(self, outcome: str, **fields: Any) -> None:
        """Record how the run ended, and rewrite the bulk tables of a complete one in large batches; all their writers
        have ended. Who interrupts a run may do so again at any moment, and does not wait for what only saves time."""
        self.update(outcome=outcome, **fields)
        for path in sorted(self.folder.glob("*.arrow")) if outcome == "complete" else ():
            if not compact(path):
                self.log(Clock(**self.about["clock"]).now(), "conductor", f"{path.name} stays in small batches")


def new_folder(parent: Path, stem: str) -> Path:
    """A folder of that name that nobody else has, numbered when it exists."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise NotReady("no run folder could be made", f"a thousand runs are called {stem}", "Remove old runs.")
