"""The bulk tables of a run folder: Arrow IPC streams, one writer per file; a torn tail costs the last batch.

A writer flushes every second, so a long run has tens of thousands of small batches. LZ4 for them: with zstd a column of
a hundred rows takes ten times as long to read, and reading the batch costs more than all that is counted in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from rampart.errors import UsageError

SCHEMA = 1
BATCH_ROWS = 1 << 18  # of a batch as it is read, however it was written: 16 MB of requests


# What Arrow raises at the end of a file whose writer was killed.
TORN = (pa.ArrowInvalid, OSError, EOFError)

_WORD = pa.dictionary(pa.int32(), pa.string())


# Parts of a request's time that a target may publish in `Server-Timing`, one column each (ms, null: not sent).
SPANS = ("pool", "db", "cache", "queue", "mail", "downstream", "render", "other", "total")


# What becomes of a request that is no violation; any other word is one of a kind of violation.
ORDINARY_OUTCOMES = ("ok", "http_error", "failed_check", "connection")


REQUESTS = pa.schema(
    [
        ("due", pa.float64()),  # when it was due, seconds since the start of the run
        ("start", pa.float64()),  # when it was sent
        ("latency_ms", pa.float32()),
        ("endpoint", _WORD),
        ("tenant", _WORD),  # as the scenario names it; null: unknown
        ("outcome", _WORD),  # one of `ORDINARY_OUTCOMES`, or the word of a violation: "wrong_tenant", "stale_read"
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


def read_batches(path: Path, columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a table in batches of `BATCH_ROWS`, the last one shorter, and of them the columns that are wanted.

    A torn tail ends the iteration, a newer schema is a UsageError.
    """
    yield from in_large_batches(_until_torn(as_recorded(path, columns)))


def as_recorded(path: Path, columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The batches as they were written; the errors of a torn tail are the caller's."""
    with pa.OSFile(str(path)) as file:
        schema = pa.ipc.read_schema(file)
        check_schema(int((schema.metadata or {}).get(b"rampart.schema", b"0")), path.name)
        file.seek(0)
        fields = None if columns is None else [n for n, name in enumerate(schema.names) if name in columns]
        # Arrow's own threads cost more than they save on small batches; what is counted meanwhile needs the other core.
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
        yield from pa.ipc.open_stream(file, options=options)


def _until_torn(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    with suppress(*TORN):
        yield from batches


def in_large_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows, joined and cut at every `BATCH_ROWS`: where they are cut does not depend on how they came."""
    waiting: list[pa.RecordBatch] = []
    missing = BATCH_ROWS
    for batch in batches:
        while batch.num_rows:
            waiting.append(batch.slice(0, missing))
            batch = batch.slice(missing)
            missing -= waiting[-1].num_rows
            if not missing:
                yield _joined(waiting)
                waiting, missing = [], BATCH_ROWS
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    # The dictionaries of a stream grow.
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()[0]


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
