"""Recorded requests as histograms and sums by stage and endpoint: one pass, memory flat in the number of requests.

A request belongs to the stage in whose steady window it ended, so that counts are completions; only `sent` goes by when
it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.record.histogram import BUCKETS, bucket, quantile, quantile_interval
from analysis.record.request_blocks import FAILED, OK, STALE_READ, WRONG_TENANT, Block, blocks
from analysis.record.tenant_costs import Costs, take_in
from rampart.model import Stage
from rampart.tables import SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOWS = 8  # measuring windows per stage
_DIGEST = (1 << 32) - 1  # of a key in `answers`: the rest says whose
_NO_ROOM = (429, 503, 504)  # statuses of one who could answer another time
_SAMPLE = 50_000  # rows looked at for repeated answers of each endpoint; enough for a share to half a percent


@dataclass(slots=True)
class Requests:
    """Counts of shape (stage, endpoint[, …]); latencies in ms. `endpoints` names the second axis."""

    stages: Sequence[Stage]
    endpoints: list[str] = field(default_factory=list)
    histogram: Ints = field(default_factory=lambda: np.zeros((0, 0, BUCKETS), np.int64))
    count: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    sent: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))  # in the window, whenever they ended
    failed: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    latency_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # summed
    span_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, len(SPANS))))  # summed
    span_count: Ints = field(default_factory=lambda: np.zeros((0, 0, len(SPANS)), np.int64))
    window_ok: Ints = field(default_factory=lambda: np.zeros((0, WINDOWS), np.int64))
    window_latency_ms: Floats = field(default_factory=lambda: np.zeros((0, WINDOWS)))  # summed, of the ok
    # By measuring window, for intervals: requests, and summed ms of the latency and of each span.
    window_count: Ints = field(default_factory=lambda: np.zeros((0, 0, WINDOWS), np.int64))
    window_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, WINDOWS, 1 + len(SPANS))))
    slip: Ints = field(default_factory=lambda: np.zeros((0, BUCKETS), np.int64))
    response: Ints = field(default_factory=lambda: np.zeros((0, BUCKETS), np.int64))  # ms from when they were due
    wrong_tenant: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    stale_read: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    rate_limited: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    refused: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))  # answered, and not for want of room
    answers: dict[str, list[Ints]] = field(default_factory=dict)  # by endpoint: (tenant, digest) keys seen
    costs: dict[int, Costs] = field(default_factory=dict)  # by tenant level
    rows: int = 0

    def violated(self, stage: int) -> bool:
        """Whether an answer of a stage was wrong, not slow."""
        return bool(self.wrong_tenant[stage].any() or self.stale_read[stage].any())

    def quantile(self, stage: int, q: float, endpoint: int | None = None) -> float | None:
        """A latency quantile in ms, right to 1 %; None without requests."""
        return quantile(self.histogram[stage].sum(0) if endpoint is None else self.histogram[stage, endpoint], q)

    def quantile_interval(self, stage: int, q: float) -> tuple[float, float] | None:
        """The 95 % interval of a latency quantile, ms."""
        return quantile_interval(self.histogram[stage].sum(0), q)

    def response_quantile(self, stage: int, q: float) -> float | None:
        """A quantile of the time from when a request was due, ms: what the generator held back counts as waiting."""
        return quantile(self.response[stage], q) if len(self.response) else None

    def response_interval(self, stage: int, q: float) -> tuple[float, float] | None:
        """The 95 % interval of that quantile, ms."""
        return quantile_interval(self.response[stage], q) if len(self.response) else None

    def slip_ms(self, stage: int, q: float) -> float:
        """How late requests were sent, ms."""
        return quantile(self.slip[stage], q) or 0.0

    def answers_seen(self, endpoint: str) -> int:
        """How many answers of an endpoint were looked at."""
        return sum(map(len, self.answers.get(endpoint, [])))

    def repeated(self, endpoint: str) -> float | None:
        """The share of answers that equal one given before, to the same tenant or, if that is more, to anybody; None
        when too few were seen."""
        keys = np.concatenate(self.answers.get(endpoint, [np.zeros(0, np.int64)]))
        if len(keys) < 50:
            return None
        different = min(len(np.unique(keys)), len(np.unique(keys & _DIGEST)))
        return 1 - different / len(keys)


@dataclass(frozen=True, slots=True)
class _Plateaus:
    """The stages' steady windows in the order in which they end, as arrays."""

    stage: Ints
    begin: Floats
    end: Floats

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> _Plateaus:
        order = np.argsort([s.ended_at for s in stages])
        return cls(
            order, np.array([stages[i].steady_at for i in order]), np.array([stages[i].ended_at for i in order])
        )  # fmt: skip

    def place(self, done: Floats) -> tuple[Ints, NDArray[np.bool_]]:
        """For each instant the plateau that ends next, and whether the instant lies in it."""
        place = np.minimum(np.searchsorted(self.end, done, side="left"), len(self.end) - 1)
        return place, (done >= self.begin[place]) & (done <= self.end[place])


def read_requests(batches: Iterable[pa.RecordBatch], stages: Sequence[Stage]) -> Requests:
    """One pass over the rows."""
    found, endpoints = Requests(stages), dict[str, int]()
    plateaus = _Plateaus.of(stages)
    for block in blocks(batches, endpoints):
        found.rows += len(block.start)
        found.endpoints = list(endpoints)
        if len(stages):
            _add(found, block, plateaus)
    return found


def _add(found: Requests, block: Block, plateaus: _Plateaus) -> None:
    _grow(found)
    place, inside = plateaus.place(block.start)
    cell = plateaus.stage[place[inside]] * len(found.endpoints) + block.endpoint[inside]
    found.sent += _counted(cell, found.sent.shape)
    done = block.start + block.latency_ms / 1000
    place, inside = plateaus.place(done)
    inside &= np.isfinite(block.latency_ms)
    if not inside.any():
        return
    if not inside.all():
        block, done, place = block.take(inside), done[inside], place[inside]
    stage = plateaus.stage[place]
    window = _window(done, plateaus.begin[place], plateaus.end[place])
    # Only the stages that this block touches: the others would be zeros to add.
    low, high = int(stage.min()), int(stage.max()) + 1
    near = stage - low
    _add_counts(found, block, slice(low, high), near)
    _add_sums(found, block, slice(low, high), near * len(found.endpoints) + block.endpoint, window)
    _add_windows(found, block, slice(low, high), near * WINDOWS + window)
    _add_answers(found, block, stage)
    take_in(found.costs, found.stages, stage, block)


def _add_counts(found: Requests, block: Block, stages: slice, near: Ints) -> None:
    shape = (stages.stop - stages.start, len(found.endpoints))
    cell = near * shape[1] + block.endpoint
    buckets = bucket(block.latency_ms)
    counted = _counted(cell * BUCKETS + buckets, (*shape, BUCKETS))
    found.histogram[stages] += counted
    found.count[stages] += counted.sum(2)
    bad = block.outcome != OK
    if bad.any():
        found.failed[stages] += _counted(cell[bad], shape)
        found.wrong_tenant[stages] += _counted(cell[block.outcome == WRONG_TENANT], shape)
        found.stale_read[stages] += _counted(cell[block.outcome == STALE_READ], shape)
        refusal = (block.outcome == FAILED) & (block.status > 0) & ~np.isin(block.status, _NO_ROOM)
        found.refused[stages] += _counted(cell[refusal], shape)
    if (limited := block.status == 429).any():
        found.rate_limited[stages] += _counted(cell[limited], shape)
    late = np.maximum(block.start - block.due, 0) * 1000
    found.slip[stages] += _counted(near * BUCKETS + bucket(late), (shape[0], BUCKETS))
    found.response[stages] += _counted(near * BUCKETS + bucket(late + block.latency_ms), (shape[0], BUCKETS))


def _add_sums(found: Requests, block: Block, stages: slice, cell: Ints, window: Ints) -> None:
    """Latencies and spans, by endpoint and by measuring window."""
    shape = (stages.stop - stages.start, len(found.endpoints))
    by_window, windows = cell * WINDOWS + window, (*shape, WINDOWS)
    found.latency_ms[stages] += _summed(cell, block.latency_ms, shape)
    found.window_count[stages] += _counted(by_window, windows)
    found.window_ms[stages, ..., 0] += _summed(by_window, block.latency_ms, windows)
    for index, span in enumerate(block.spans):
        if span is None:
            continue
        there = np.isfinite(span)
        whole = bool(there.all())
        ms = span.astype(np.float64) if whole else span[there].astype(np.float64)
        rows, inner = (cell, by_window) if whole else (cell[there], by_window[there])
        found.span_ms[stages, :, index] += _summed(rows, ms, shape)
        found.span_count[stages, :, index] += _counted(rows, shape)
        found.window_ms[stages, ..., 1 + index] += _summed(inner, ms, windows)


def _add_windows(found: Requests, block: Block, stages: slice, cell: Ints) -> None:
    """Requests that succeeded, and their latencies, by measuring window."""
    shape, latency = (stages.stop - stages.start, WINDOWS), block.latency_ms
    ok = block.outcome == OK
    if not ok.all():
        cell, latency = cell[ok], latency[ok]
    found.window_ok[stages] += _counted(cell, shape)
    found.window_latency_ms[stages] += _summed(cell, latency, shape)


def _window(done: Floats, begin: Floats, end: Floats) -> Ints:
    length = np.maximum(end - begin, 1e-9)
    window: Ints = np.minimum(((done - begin) / length * WINDOWS).astype(np.int64), WINDOWS - 1)
    return window


def _counted(cell: Ints, shape: tuple[int, ...]) -> Ints:
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)


def _summed(cell: Ints, values: Floats, shape: tuple[int, ...]) -> Floats:
    sums: Floats = np.asarray(np.bincount(cell, values, int(np.prod(shape))), np.float64).reshape(shape)
    return sums


def _add_answers(found: Requests, block: Block, stage: Ints) -> None:
    level = np.array([s.tenants for s in found.stages], np.int64)
    for code, name in enumerate(found.endpoints):
        if found.answers_seen(name) >= _SAMPLE:
            continue
        rows = np.flatnonzero(block.endpoint == code)
        rows = rows[np.isfinite(block.digest[rows])]
        if not len(rows):
            continue
        # Data of another tenant level is other data: the level is part of the key.
        key = (block.tenant[rows].astype(np.int64) * 1_000_003 + level[stage[rows]]) * (1 << 32)
        found.answers.setdefault(name, []).append(key + block.digest[rows].astype(np.int64))


def _grow(found: Requests) -> None:
    """Make room for endpoints that were not seen before."""
    stages, wanted = len(found.stages), len(found.endpoints)
    missing = wanted - found.count.shape[1] if found.count.shape[0] else wanted
    if missing <= 0:
        return
    for name in ("histogram", "count", "sent", "failed", "latency_ms", "span_ms", "span_count", "wrong_tenant",
                 "stale_read", "rate_limited", "refused", "window_count", "window_ms"):  # fmt: skip
        old = getattr(found, name)
        if not old.shape[0]:
            setattr(found, name, np.zeros((stages, wanted, *old.shape[2:]), old.dtype))
        else:
            setattr(found, name, np.pad(old, [(0, 0), (0, missing), *[(0, 0)] * (old.ndim - 2)]))
    if not found.window_ok.shape[0]:
        found.window_ok = np.zeros((stages, WINDOWS), np.int64)
        found.window_latency_ms = np.zeros((stages, WINDOWS))
        found.slip = np.zeros((stages, BUCKETS), np.int64)
        found.response = np.zeros((stages, BUCKETS), np.int64)
