"""The run folder: append-only plain files that survive a kill, and how to read them back.

Bulk tables are Arrow IPC streams (dictionary-encoded, zstd), one writer per file; a torn tail costs the last batch.
Small ones are JSON. Producers write, consumers read, and every view can be made again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from rampart.errors import Incomplete, UsageError
from rampart.model import JSON, Stage

SCHEMA = 1

_WORD = pa.dictionary(pa.int32(), pa.string())
# Parts of a request's time that a target may publish in `Server-Timing`, one column each (ms, null: not sent).
SPANS = ("pool", "db", "cache", "queue", "mail", "downstream", "render", "other", "total")

REQUESTS = pa.schema(
    [
        ("due", pa.float64()),  # when it was due, seconds since the start of the run
        ("start", pa.float64()),  # when it was sent
        ("latency_ms", pa.float32()),
        ("endpoint", _WORD),
        ("tenant", pa.int32()),  # -1: unknown
        ("outcome", _WORD),  # "ok", "http_error", "wrong_tenant", "failed_check", "connection"
        ("status", pa.int16()),
        ("bytes", pa.int32()),
        ("digest", pa.int32()),  # of URL and body; equal answers to one question share it; null: no body
        *((f"{span}_ms", pa.float32()) for span in SPANS),
    ],
    metadata={"rampart.schema": str(SCHEMA)},
)
READINGS = pa.schema(
    [("at", pa.float64()), ("metric", _WORD), ("value", pa.float64()), ("labels", _WORD)],
    metadata={"rampart.schema": str(SCHEMA)},
)


def label_text(labels: Mapping[str, str]) -> str:
    """The canonical text of a set of labels, e.g. `{"table":"public.invoices"}`."""
    return json.dumps(dict(sorted(labels.items())), separators=(",", ":"))


class TableWriter:
    """Appends rows to one Arrow IPC stream; safe to call from several threads; flushes every `seconds` or `rows`."""

    def __init__(self, path: Path, schema: pa.Schema, *, rows: int = 20_000, seconds: float = 1.0) -> None:
        self._schema, self._limit, self._seconds = schema, rows, seconds
        self._words: list[dict[str, int] | None] = [{} if pa.types.is_dictionary(f.type) else None for f in schema]
        self._columns: list[list[Any]] = [[] for _ in schema]
        self._lock = threading.Lock()
        self._flushed = time.monotonic()
        self._file = path.open("xb")
        options = pa.ipc.IpcWriteOptions(compression="zstd", emit_dictionary_deltas=True)
        self._writer = pa.ipc.new_stream(self._file, schema, options=options)
        self._file.flush()

    def append(self, row: Sequence[Any]) -> None:
        """Add one row, its values in the order of the schema."""
        with self._lock:
            for column, words, value in zip(self._columns, self._words, row, strict=True):
                column.append(value if words is None or value is None else words.setdefault(value, len(words)))
            if len(self._columns[0]) >= self._limit or time.monotonic() - self._flushed > self._seconds:
                self._flush()

    def flush(self) -> None:
        """Write what is buffered."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if not self._columns[0]:
            return
        arrays = [
            pa.array(column, type=field.type)
            if words is None
            else pa.DictionaryArray.from_arrays(pa.array(column, pa.int32()), pa.array(list(words), pa.string()))
            for field, column, words in zip(self._schema, self._columns, self._words, strict=True)
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._file.flush()
        self._columns = [[] for _ in self._schema]

    def close(self) -> None:
        """Flush and end the stream."""
        with self._lock:
            if not self._file.closed:
                self._flush()
                self._writer.close()
                self._file.close()


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The record batches of a stream; a torn tail ends the iteration, a newer schema is a UsageError."""
    # Arrow's own threads cost more than they save on batches of a second.
    options = pa.ipc.IpcReadOptions(use_threads=False)
    with pa.OSFile(str(path)) as file:
        try:
            stream = pa.ipc.open_stream(file, options=options)
        except (pa.ArrowInvalid, OSError, EOFError):
            return  # killed before the schema was written: an empty table
        found = int((stream.schema.metadata or {}).get(b"rampart.schema", b"0"))
        check_schema(found, path.name)
        while True:
            try:
                batch = stream.read_next_batch()
            except (StopIteration, pa.ArrowInvalid, OSError, EOFError):
                return
            yield batch


def check_schema(found: int, where: str) -> None:
    """Refuse what another version of Rampart wrote, and say which way to go."""
    if found > SCHEMA:
        raise UsageError(
            f"{where} cannot be read", f"it has schema {found}, this Rampart reads {SCHEMA}", "Use a newer Rampart."
        )
    if found < SCHEMA:
        raise UsageError(
            f"{where} cannot be read",
            f"it has schema {found}, this Rampart reads {SCHEMA}",
            "Record the run again, or read it with the Rampart version in its run.json.",
        )


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

    @classmethod
    def create(cls, parent: Path, name: str, about: JSON) -> tuple[Run, Clock]:
        """A new folder `parent/<UTC minute>-<name>`, numbered when that one exists."""
        clock = Clock.start()
        stem = time.strftime("%Y-%m-%dT%H%M", time.gmtime(clock.origin_wall)) + f"-{name}"
        parent.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = parent / (stem if number == 1 else f"{stem}-{number}")
            try:
                folder.mkdir()
                break
            except FileExistsError:
                continue
        else:
            raise Incomplete("no run folder could be made", f"a thousand runs are called {stem}", "Remove old runs.")
        run = cls(folder)
        run.write_json("run.json", {"schema": SCHEMA, "outcome": "running", **about, "clock": asdict(clock)})
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
        self.write_json("run.json", {**self.about, **fields})

    def write_json(self, name: str, value: Any) -> None:
        """Replace a small file whole: it is either the old one or the new one, never half."""
        path = self.folder / name
        temporary = path.with_name(f".{name}.new")
        temporary.write_text(json.dumps(value, indent=1, sort_keys=False) + "\n")
        temporary.replace(path)

    def read_json(self, name: str, default: Any = None) -> Any:
        """A small file, or `default` where it is missing or torn."""
        try:
            return json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return default

    def append_line(self, name: str, value: JSON) -> None:
        """Append one JSON line."""
        with (self.folder / name).open("a") as file:
            file.write(json.dumps(value) + "\n")

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
        self.append_line("log.jsonl", {"at": round(at, 3), "source": source, "message": message, **fields})

    def add_stage(self, stage: Stage) -> None:
        """Record a stage that has ended."""
        self.append_line("stages.jsonl", {"schema": SCHEMA, **asdict(stage)})

    def stages(self) -> list[Stage]:
        """The stages in the order in which they ran."""
        return [Stage(**{k: v for k, v in row.items() if k != "schema"}) for row in self.read_lines("stages.jsonl")]

    def requests(self) -> Iterator[pa.RecordBatch]:
        """All recorded requests, file by file."""
        for path in sorted(self.folder.glob("requests-*.arrow")):
            yield from read_batches(path)

    def readings(self) -> Iterator[pa.RecordBatch]:
        """All recorded readings, file by file."""
        for path in sorted(self.folder.glob("readings-*.arrow")):
            yield from read_batches(path)
