"""Appends rows to one Arrow IPC stream: what the load process and the probe runner record goes through it.

A disk that is full, or has become read-only, raises nothing here: those who append have something else to do. The file
keeps the batches that are whole, `failed` says why it takes no more, and `lost` counts the rows from then on.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
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
        self.failed, self.lost = "", 0  # why nothing can be written any more, and the rows that this has cost
        # A batch is made in memory and then written whole: half of one would make unreadable what follows it.
        self._file, self._made, self._whole = path.open("xb", buffering=0), io.BytesIO(), 0
        options = pa.ipc.IpcWriteOptions(compression="lz4", emit_dictionary_deltas=True)
        self._writer = pa.ipc.new_stream(self._made, schema, options=options)
        self._save()

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
        if self.failed:
            self.lost += len(columns[0])
            return
        arrays = [
            pa.array(column, type=field.type)
            if words is None
            else pa.DictionaryArray.from_arrays(pa.array(column, pa.int32()), self._dictionary(number, words))
            for number, (field, column, words) in enumerate(zip(self._schema, columns, self._words, strict=True))
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._save()
        self.lost += len(columns[0]) if self.failed else 0

    def _save(self) -> None:
        """Write what the stream has made; where that fails, the file ends with its last whole batch."""
        data = memoryview(self._made.getvalue())
        self._made.seek(0)
        self._made.truncate()
        whole = self._whole + len(data)
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self.failed = error.strerror or str(error)
            with suppress(OSError):
                self._file.truncate(self._whole)
        else:
            self._whole = whole

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
                if not self.failed:
                    self._writer.close()
                    self._save()
                self._file.close()
