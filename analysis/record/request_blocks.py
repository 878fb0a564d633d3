"""Recorded requests as blocks of numpy arrays, large enough that the cost of a call does not count, and bounded.

Arrow's buffers are looked at as they are: `to_numpy` would do, but it imports pandas where that is installed (0.25 s
and 30 MB).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rampart.tables import SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OK, FAILED, WRONG_TENANT, STALE_READ = 0, 1, 2, 3  # outcomes
# What a block is made of: all but the number of bytes.
COLUMNS = frozenset(
    ("due", "start", "latency_ms", "endpoint", "tenant", "outcome", "status", "digest", *(f"{s}_ms" for s in SPANS))
)
_ROWS = 65_536  # what is worked on stays in the processor's cache
_OUTCOMES = {"ok": OK, "wrong_tenant": WRONG_TENANT, "stale_read": STALE_READ}


@dataclass(frozen=True, slots=True)
class Block:
    """Some requests in the order in which they were recorded; arrays of shape (n,)."""

    due: Floats  # seconds since the start of the run
    start: Floats
    latency_ms: Floats
    endpoint: Ints  # index into the names
    outcome: NDArray[np.int8]
    status: NDArray[np.int16]
    tenant: NDArray[np.int32]  # index into the names; -1: unknown
    digest: Floats  # NaN: no body
    spans: list[NDArray[np.float32] | None]  # by SPANS, ms; NaN: not sent; None: sent by none of these

    def take(self, rows: Ints) -> Block:
        """Some of the rows, by their places."""
        if len(rows) == len(self.start):
            return self
        spans = [None if span is None else span.take(rows) for span in self.spans]
        return Block(
            self.due.take(rows), self.start.take(rows), self.latency_ms.take(rows), self.endpoint.take(rows),
            self.outcome.take(rows), self.status.take(rows), self.tenant.take(rows), self.digest.take(rows), spans,
        )  # fmt: skip


def blocks(batches: Iterable[pa.RecordBatch], endpoints: dict[str, int], tenants: dict[str, int]) -> Iterator[Block]:
    """Batches cut to at most `_ROWS` rows; new names are added to `endpoints` and `tenants` (name to index)."""
    for batch in _ahead(iter(batches)):
        column = dict(zip(batch.schema.names, batch.columns, strict=True))
        names = _Names(_known(column["endpoint"], endpoints), _known(column["tenant"], tenants))
        for begin in range(0, batch.num_rows, _ROWS):
            yield _block(batch.slice(begin, _ROWS), names)


@dataclass(frozen=True, slots=True)
class _Names:
    """The indices that the words of one batch's dictionaries have among all names."""

    endpoint: list[int]
    tenant: list[int]


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same, the next one decoded while this one is counted: Arrow works without the interpreter's lock."""
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _block(batch: pa.RecordBatch, names: _Names) -> Block:
    column = dict(zip(batch.schema.names, batch.columns, strict=True))
    outcomes = [_OUTCOMES.get(word, FAILED) for word in column["outcome"].dictionary.to_pylist()]
    return Block(
        values(column["due"], np.float64), values(column["start"], np.float64),
        values(column["latency_ms"], np.float32).astype(np.float64),
        np.array(names.endpoint, np.int64).take(values(column["endpoint"].indices, np.int32)),
        np.array([*outcomes, FAILED], np.int8).take(values(column["outcome"].indices, np.int32, -1)),
        values(column["status"], np.int16), _tenants(column["tenant"], names.tenant),
        _digests(column["digest"]),
        [_span(column[f"{span}_ms"]) for span in SPANS],
    )  # fmt: skip


def _known(column: pa.Array, names: dict[str, int]) -> list[int]:
    if not pa.types.is_dictionary(column.type):
        return []  # tenants as numbers, as they were recorded once
    return [names.setdefault(name, len(names)) for name in column.dictionary.to_pylist()]


def _tenants(column: pa.Array, known: list[int]) -> NDArray[np.int32]:
    if not pa.types.is_dictionary(column.type):
        return values(column, np.int32)
    return np.array([*known, -1], np.int32).take(values(column.indices, np.int32, -1))


def _digests(column: pa.Array) -> Floats:
    there = values(column, np.int32).astype(np.float64)
    if column.null_count:
        there[~_valid(column)] = np.nan
    return there


def _span(column: pa.Array) -> NDArray[np.float32] | None:
    return None if column.null_count == len(column) else values(column, np.float32, np.nan)


def values(column: pa.Array, kind: type[np.generic], missing: float = 0) -> NDArray[Any]:
    """A column of fixed width as an array of `kind`, `missing` where it is null; read only where nothing is."""
    data = column.buffers()[1]
    if data is None:
        return np.full(len(column), missing, kind)
    plain = np.frombuffer(data, kind, len(column), column.offset * np.dtype(kind).itemsize)
    return np.where(_valid(column), plain, np.asarray(missing, kind)) if column.null_count else plain


def _valid(column: pa.Array) -> NDArray[np.bool_]:
    bits = np.frombuffer(column.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=column.offset + len(column), bitorder="little")[column.offset :].astype(bool)
