"""Recorded requests as histograms and sums by stage and endpoint: one pass, memory flat in the number of requests.

A request belongs to the stage in whose steady window it ended, so that counts are completions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rampart.model import Stage
from rampart.runs import SPANS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOWS = 8  # measuring windows per stage
_LOW_MS, _STEP = 0.02, 0.02  # histogram: 2 % wide buckets from 0.02 ms
_BUCKETS = 820  # up to about 4 minutes
_SAMPLE = 50_000  # rows looked at for repeated answers of each endpoint; enough for a share to half a percent


@dataclass(slots=True)
class Requests:
    """Counts of shape (stage, endpoint[, …]); latencies in ms. `endpoints` names the second axis."""

    stages: Sequence[Stage]
    endpoints: list[str] = field(default_factory=list)
    histogram: Ints = field(default_factory=lambda: np.zeros((0, 0, _BUCKETS), np.int64))
    count: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    failed: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    latency_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # summed
    span_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, len(SPANS))))  # summed
    span_count: Ints = field(default_factory=lambda: np.zeros((0, 0, len(SPANS)), np.int64))
    window_ok: Ints = field(default_factory=lambda: np.zeros((0, WINDOWS), np.int64))
    window_latency_ms: Floats = field(default_factory=lambda: np.zeros((0, WINDOWS)))  # summed, of the ok
    # By measuring window, for intervals: requests, and summed ms of the latency and of each span.
    window_count: Ints = field(default_factory=lambda: np.zeros((0, 0, WINDOWS), np.int64))
    window_ms: Floats = field(default_factory=lambda: np.zeros((0, 0, WINDOWS, 1 + len(SPANS))))
    slip: Ints = field(default_factory=lambda: np.zeros((0, _BUCKETS), np.int64))
    wrong_tenant: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    stale_read: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    rate_limited: Ints = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    answers: dict[str, list[Ints]] = field(default_factory=dict)  # by endpoint: (tenant, digest) keys seen
    rows: int = 0

    def violated(self, stage: int) -> bool:
        """Whether an answer of a stage was wrong, not slow."""
        return bool(self.wrong_tenant[stage].any() or self.stale_read[stage].any())

    def quantile(self, stage: int, q: float, endpoint: int | None = None) -> float | None:
        """A latency quantile in ms, right to 1 %; None without requests."""
        counts = self.histogram[stage].sum(0) if endpoint is None else self.histogram[stage, endpoint]
        return _quantile(counts, q)

    def quantile_interval(self, stage: int, q: float) -> tuple[float, float] | None:
        """The 95 % interval of a quantile from order statistics (binomial ranks, normal approximation)."""
        counts = self.histogram[stage].sum(0)
        n = int(counts.sum())
        if n == 0:
            return None
        half = 1.96 * np.sqrt(q * (1 - q) / n)
        low, high = _quantile(counts, max(q - half, 0.0)), _quantile(counts, min(q + half, 1.0))
        return (low or 0.0, high or 0.0)

    def slip_ms(self, stage: int, q: float) -> float:
        """How late requests were sent, ms."""
        return _quantile(self.slip[stage], q) or 0.0

    def answers_seen(self, endpoint: str) -> int:
        """How many answers of an endpoint were looked at."""
        return sum(map(len, self.answers.get(endpoint, [])))

    def repeated(self, endpoint: str) -> float | None:
        """The share of answers that equal one given before to the same tenant; None when too few were seen."""
        keys = np.concatenate(self.answers.get(endpoint, [np.zeros(0, np.int64)]))
        return 1 - len(np.unique(keys)) / len(keys) if len(keys) >= 50 else None


def read_requests(batches: Iterable[pa.RecordBatch], stages: Sequence[Stage]) -> Requests:
    """One pass over the rows."""
    found = Requests(stages)
    by_end = np.argsort([s.ended_at for s in stages])
    ends = np.array([stages[i].ended_at for i in by_end])
    begins = np.array([stages[i].steady_at for i in by_end])
    for batch in batches:
        found.rows += batch.num_rows
        if len(stages) and batch.num_rows:
            _add(found, batch, by_end, begins, ends)
    return found


def _add(found: Requests, batch: pa.RecordBatch, by_end: Ints, begins: Floats, ends: Floats) -> None:
    start, latency = _floats(batch, "start"), _floats(batch, "latency_ms")
    done = start + latency / 1000
    place = np.minimum(np.searchsorted(ends, done, side="left"), len(ends) - 1)
    keep = np.flatnonzero((done >= begins[place]) & (done <= ends[place]) & np.isfinite(latency))
    if not len(keep):
        return
    stage = by_end[place[keep]]
    endpoint = _endpoint_codes(found, batch)[keep]
    outcome = _words(batch, "outcome")[keep]
    _grow(found)
    shape = found.count.shape
    latency, ok = latency[keep], outcome == "ok"
    cell = np.ravel_multi_index((stage, endpoint), shape)
    cells = shape[0] * shape[1]

    def add(rows: NDArray[np.bool_]) -> Ints:
        return np.bincount(cell[rows], minlength=cells).reshape(shape)

    found.count += add(np.ones(len(cell), bool))
    found.failed += add(~ok)
    found.latency_ms += np.bincount(cell, latency, minlength=cells).reshape(shape)
    found.wrong_tenant += add(outcome == "wrong_tenant")
    found.stale_read += add(outcome == "stale_read")
    status = batch.column("status").to_numpy(zero_copy_only=False)[keep]
    found.rate_limited += add(status == 429)
    flat = np.bincount(cell * _BUCKETS + _bucket(latency), minlength=cells * _BUCKETS)
    found.histogram += flat.reshape(*shape, _BUCKETS)
    window = _window(found, stage, done[keep])
    _add_spans(found, batch, keep, cell, cell * WINDOWS + window)
    _add_windows(found, stage, window, latency, ok)
    found.window_count += np.bincount(cell * WINDOWS + window, minlength=cells * WINDOWS).reshape(*shape, WINDOWS)
    by_window = np.bincount(cell * WINDOWS + window, latency, cells * WINDOWS)
    found.window_ms[..., 0] += by_window.reshape(*shape, WINDOWS)
    late = np.maximum(start[keep] - _floats(batch, "due")[keep], 0) * 1000
    slips = np.bincount(stage * _BUCKETS + _bucket(late), minlength=shape[0] * _BUCKETS)
    found.slip += slips.reshape(shape[0], _BUCKETS)
    _add_answers(found, batch, keep, endpoint, stage)


def _add_spans(found: Requests, batch: pa.RecordBatch, keep: Ints, cell: Ints, by_window: Ints) -> None:
    shape = found.count.shape
    for index, span in enumerate(SPANS):
        column = batch.column(f"{span}_ms")
        if column.null_count == batch.num_rows:
            continue
        values = column.to_numpy(zero_copy_only=False)[keep].astype(np.float64)
        there = np.isfinite(values)
        size = shape[0] * shape[1]
        found.span_ms[:, :, index] += np.bincount(cell[there], values[there], minlength=size).reshape(shape)
        found.span_count[:, :, index] += np.bincount(cell[there], minlength=size).reshape(shape)
        sums = np.bincount(by_window[there], values[there], minlength=size * WINDOWS)
        found.window_ms[..., 1 + index] += sums.reshape(*shape, WINDOWS)


def _window(found: Requests, stage: Ints, done: Floats) -> Ints:
    begin = np.array([s.steady_at for s in found.stages])[stage]
    length = np.array([max(s.ended_at - s.steady_at, 1e-9) for s in found.stages])[stage]
    window: Ints = np.minimum(((done - begin) / length * WINDOWS).astype(np.int64), WINDOWS - 1)
    return window


def _add_windows(found: Requests, stage: Ints, window: Ints, latency: Floats, ok: NDArray[np.bool_]) -> None:
    cell = (stage * WINDOWS + window)[ok]
    size = len(found.stages) * WINDOWS
    found.window_ok += np.bincount(cell, minlength=size).reshape(-1, WINDOWS)
    found.window_latency_ms += np.bincount(cell, latency[ok], minlength=size).reshape(-1, WINDOWS)


def _add_answers(found: Requests, batch: pa.RecordBatch, keep: Ints, endpoint: Ints, stage: Ints) -> None:
    column = batch.column("digest")
    wanted = [code for code in np.unique(endpoint) if found.answers_seen(found.endpoints[code]) < _SAMPLE]
    if column.null_count == batch.num_rows or not wanted:
        return
    digest = column.to_numpy(zero_copy_only=False)[keep].astype(np.float64)
    tenant = batch.column("tenant").to_numpy()[keep].astype(np.int64)
    # Data of another tenant level is other data: the level is part of the key.
    level = np.array([s.tenants for s in found.stages], np.int64)[stage]
    for code in wanted:
        seen = found.answers.setdefault(found.endpoints[code], [])
        rows = (endpoint == code) & np.isfinite(digest)
        seen.append((tenant[rows] * 1_000_003 + level[rows]) * (1 << 32) + digest[rows].astype(np.int64))


def _grow(found: Requests) -> None:
    """Make room for endpoints that were not seen before."""
    stages, wanted = len(found.stages), len(found.endpoints)
    missing = wanted - found.count.shape[1] if found.count.shape[0] else wanted
    if missing <= 0:
        return
    for name in ("histogram", "count", "failed", "latency_ms", "span_ms", "span_count", "wrong_tenant", "stale_read",
                 "rate_limited", "window_count", "window_ms"):  # fmt: skip
        old = getattr(found, name)
        if not old.shape[0]:
            setattr(found, name, np.zeros((stages, wanted, *old.shape[2:]), old.dtype))
        else:
            setattr(found, name, np.pad(old, [(0, 0), (0, missing), *[(0, 0)] * (old.ndim - 2)]))
    if not found.window_ok.shape[0]:
        found.window_ok = np.zeros((stages, WINDOWS), np.int64)
        found.window_latency_ms = np.zeros((stages, WINDOWS))
        found.slip = np.zeros((stages, _BUCKETS), np.int64)


def _endpoint_codes(found: Requests, batch: pa.RecordBatch) -> Ints:
    column = batch.column("endpoint")
    known = {name: code for code, name in enumerate(found.endpoints)}
    table = np.array([known.setdefault(name, len(known)) for name in column.dictionary.to_pylist()], np.int64)
    found.endpoints = list(known)
    codes: Ints = table[column.indices.to_numpy()]
    return codes


def _words(batch: pa.RecordBatch, name: str) -> NDArray[np.object_]:
    column = batch.column(name)
    words = np.array([*column.dictionary.to_pylist(), ""], dtype=object)
    named: NDArray[np.object_] = words[column.indices.to_numpy()]
    return named


def _floats(batch: pa.RecordBatch, name: str) -> Floats:
    values: Floats = batch.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _bucket(milliseconds: Floats) -> Ints:
    return np.clip(np.log(np.maximum(milliseconds, _LOW_MS) / _LOW_MS) / _STEP, 0, _BUCKETS - 1).astype(np.int64)


def _quantile(counts: Ints, q: float) -> float | None:
    total = counts.sum()
    if not total:
        return None
    index = int(np.searchsorted(np.cumsum(counts), max(q * total, 1)))
    return float(_LOW_MS * np.exp((min(index, _BUCKETS - 1) + 0.5) * _STEP))
