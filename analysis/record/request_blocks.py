"""Recorded requests as blocks of numpy arrays, large enough that the cost of a call does not count, and bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.record.arrow_values import plain, valid, values
from analysis.record.vocabulary import Vocabulary
from rampart.tables import ORDINARY_OUTCOMES, SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OK, FAILED, FIRST_WRONG = 0, 1, 2  # outcomes; from `FIRST_WRONG` on one for each kind of wrong answer
# What a block is made of: all but the number of bytes.
COLUMNS = frozenset(
    ("due", "start", "latency_ms", "endpoint", "tenant", "outcome", "status", "digest", *(f"{s}_ms" for s in SPANS))
)
_ROWS = 65_536  # what is worked on stays in the processor's cache
_AHEAD = 2  # batches decoded before they are asked for, so that neither thread waits for the other's longest


@dataclass(frozen=True, slots=True)
class Span:
    """One part of the time of some requests, as their answers told it."""

    ms: NDArray[np.float32]  # 0 where it was not sent
    sent: NDArray[np.bool_] | None  # None: by all

    @property
    def there(self) -> NDArray[np.bool_]:
        return np.ones(len(self.ms), bool) if self.sent is None else self.sent

    def take(self, rows: Ints) -> Span:
        return Span(self.ms.take(rows), None if self.sent is None else self.sent.take(rows))


@dataclass(frozen=True, slots=True)
class Block:
    """Some requests in the order in which they were recorded; arrays of shape (n,)."""

    due: Floats  # seconds since the start of the run
    start: Floats
    latency_ms: NDArray[np.float32]
    endpoint: Ints  # index into the names
    outcome: NDArray[np.int8]
    status: NDArray[np.int16]
    # Looked at of a sample alone, so that they are decoded when they are asked for: of all rows that the block had
    # before some were taken.
    tenants: pa.Array
    tenant_names: NDArray[np.int32] | None  # by the place in the dictionary of `tenants`; None: those are numbers
    digests: pa.Array
    rows: Ints | None  # which ones were taken; None: all
    spans: list[Span | None]  # by SPANS; None: sent by none of these

    @property
    def tenant(self) -> NDArray[np.int32]:
        """Index into the names of the tenants; -1: unknown."""
        there = _tenants(self.tenants, self.tenant_names)
        return there if self.rows is None else there.take(self.rows)

    @property
    def digest(self) -> Floats:
        """Of URL and body; NaN: no body, or not sampled."""
        there = values(self.digests, np.int32).astype(np.float64)
        if self.digests.null_count:
            there[~valid(self.digests)] = np.nan
        return there if self.rows is None else there.take(self.rows)

    def take(self, rows: Ints) -> Block:
        """Some of the rows, by their places."""
        if len(rows) == len(self.start):
            return self
        spans = [None if span is None else span.take(rows) for span in self.spans]
        kept = rows if self.rows is None else self.rows.take(rows)
        return Block(
            self.due.take(rows), self.start.take(rows), self.latency_ms.take(rows), self.endpoint.take(rows),
            self.outcome.take(rows), self.status.take(rows), self.tenants, self.tenant_names, self.digests, kept, spans,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """The words of a run's requests over all of its batches."""

    endpoints: Vocabulary = field(default_factory=Vocabulary)
    tenants: Vocabulary = field(default_factory=Vocabulary)
    wrong: Vocabulary = field(default_factory=Vocabulary)  # outcomes of answers that were wrong, not slow


def blocks(batches: Iterable[pa.RecordBatch], words: Vocabularies) -> Iterator[Block]:
    """Batches cut to at most `_ROWS` rows; new names are added to `words`."""
    for prepared in _ahead(_cut(batch, words) for batch in batches):
        yield from prepared


def _cut(batch: pa.RecordBatch, words: Vocabularies) -> list[Block]:
    column = dict(zip(batch.schema.names, batch.columns, strict=True))
    names = _Names(
        words.endpoints.indices(column["endpoint"].dictionary),
        _tenant_names(column["tenant"], words.tenants),
        _outcome_numbers(column["outcome"].dictionary, words.wrong),
    )
    return [_block(batch.slice(begin, _ROWS), names) for begin in range(0, batch.num_rows, _ROWS)]


@dataclass(frozen=True, slots=True)
class _Names:
    """The indices that the words of one batch's dictionaries have among all names."""

    endpoint: Ints
    tenant: NDArray[np.int32] | None  # None: tenants as numbers, as they were recorded once
    outcome: NDArray[np.int8]  # the last one is of those that have none


def _ahead(batches: Iterator[list[Block]]) -> Iterator[list[Block]]:
    """The same, the next one decoded while this one is counted: Arrow and numpy work without the interpreter's lock."""
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as reader:
        coming = deque(reader.submit(next, batches, None) for _ in range(_AHEAD))
        while (prepared := coming.popleft().result()) is not None:
            coming.append(reader.submit(next, batches, None))
            yield prepared


def _block(batch: pa.RecordBatch, names: _Names) -> Block:
    column = dict(zip(batch.schema.names, batch.columns, strict=True))
    return Block(
        values(column["due"], np.float64), values(column["start"], np.float64),
        values(column["latency_ms"], np.float32), _endpoints(column["endpoint"], names.endpoint),
        _outcomes(column["outcome"], names.outcome), values(column["status"], np.int16),
        column["tenant"], names.tenant, column["digest"], None,
        [_span(column[f"{span}_ms"]) for span in SPANS],
    )  # fmt: skip


def _endpoints(column: pa.DictionaryArray, names: Ints) -> Ints:
    places = _places(column, 0)
    return places if np.array_equal(names, np.arange(len(names))) else names.take(places)


def _outcomes(column: pa.DictionaryArray, numbers: NDArray[np.int8]) -> NDArray[np.int8]:
    if not column.null_count and (numbers[:-1] == OK).all():
        return np.full(len(column), OK, np.int8)
    return numbers.take(_places(column))


def _places(column: pa.DictionaryArray, missing: int = -1) -> Ints:
    """Where each value stands in the dictionary. By 64 bits numpy takes ten times as fast as by 32."""
    return values(column.indices, np.int32, missing).astype(np.int64)


def _tenant_names(column: pa.Array, tenants: Vocabulary) -> NDArray[np.int32] | None:
    if not pa.types.is_dictionary(column.type):
        return None
    return np.append(tenants.indices(column.dictionary), -1).astype(np.int32)


def _outcome_numbers(dictionary: pa.Array, wrong: Vocabulary) -> NDArray[np.int8]:
    """The number of each outcome of a batch's dictionary, and of none."""
    number = {**dict.fromkeys(ORDINARY_OUTCOMES, FAILED), "ok": OK}
    found = [number[w] if w in number else FIRST_WRONG + wrong.index(w) for w in dictionary.to_pylist()]
    return np.array([*found, FAILED], np.int8)


def _tenants(column: pa.Array, names: NDArray[np.int32] | None) -> NDArray[np.int32]:
    return values(column, np.int32) if names is None else names.take(_places(column))


def _span(column: pa.Array) -> Span | None:
    if column.null_count == len(column):
        return None
    ms = plain(column, np.float32)
    numbers = np.isfinite(ms)
    if not numbers.all():
        sent = numbers & valid(column) if column.null_count else numbers
        return Span(np.where(sent, ms, np.float32(0)), sent)
    if not column.null_count:
        return Span(ms, None)
    sent = valid(column)
    return Span(ms * sent, sent)  # a product takes a fifth of the time of a choice
