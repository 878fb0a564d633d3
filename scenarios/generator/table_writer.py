"""Appends rows to one Arrow IPC stream: what the load process and the probe runner record goes through it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa


class TableWriter:
    """Appends rows to one Arrow IPC stream; safe to call from several threads; flushes every `seconds` or `rows`."""

    def __init__(self, path: Path, schema: pa.Schema, *, rows: int = 20_000, seconds: float = 1.0) -> None:
        self._schema, self._limit, self._seconds = schema, rows, seconds
        self._words: list[dict[str, int] | None] = [{} if pa.types.is_dictionary(f.type) else None for f in schema]
        self._dictionaries: dict[int, pa.Array] = {}  # by column, as last written
        self._columns: list[list[Any]] = [[] for _ in schema]
        self._lock = threading.Lock()
        self._flushed = time.monotonic()
        self._file = path.open("xb")
        options = pa.ipc.IpcWriteOptions(compression="lz4", emit_dictionary_deltas=True)
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
        columns, self._columns = self._columns, [[] for _ in self._schema]  # what cannot be written stops no later rows
        arrays = [
            pa.array(column, type=field.type)
            if words is None
            else pa.DictionaryArray.from_arrays(pa.array(column, pa.int32()), self._dictionary(number, words))
            for number, (field, column, words) in enumerate(zip(self._schema, columns, self._words, strict=True))
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._file.flush()

    def _dictionary(self, column: int, words: dict[str, int]) -> pa.Array:
        """The words of a column so far, made anew only where some have come."""
        known = self._dictionaries.get(column)
        if known is None or len(known) != len(words):
            known = self._dictionaries[column] = pa.array(list(words), pa.string())
        return known

    def close(self) -> None:
        """Flush and end the stream."""
        with self._lock:
            if not self._file.closed:
                self._flush()
                self._writer.close()
                self._file.close()
