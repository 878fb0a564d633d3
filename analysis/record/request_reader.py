"""Recorded requests counted and summed by stage and endpoint: one pass, memory flat in the number of requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.record.answers import add_answers
from analysis.record.histogram import bucket
from analysis.record.plateaus import Plateaus, windows
from analysis.record.request_blocks import COLUMNS, FAILED, OK, STALE_READ, WRONG_TENANT, Block, blocks
from analysis.record.requests import WINDOWS, Requests
from analysis.record.tenant_costs import add_costs
from rampart.latency_buckets import BUCKETS
from rampart.model import Stage
from rampart.runs import Run

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NO_ROOM = (429, 503, 504)  # statuses of one who could answer another time


def requests_of(run: Run, stages: Sequence[Stage]) -> Requests:
    """What was recorded of the requests of these stages."""
    return read_requests(run.requests(COLUMNS), stages)


def read_requests(batches: Iterable[pa.RecordBatch], stages: Sequence[Stage]) -> Requests:
    """One pass over the rows."""
    found, endpoints, tenants, plateaus = Requests(stages), dict[str, int](), dict[str, int](), Plateaus.of(stages)
    for block in blocks(batches, endpoints, tenants):
        found.rows += len(block.start)
        found.grow(list(endpoints))
        for stage, rows in plateaus.of_instants(block.start):
            found.sent[stage] += _counted(block.endpoint.take(rows), len(endpoints))
        done = block.start + block.latency_ms / 1000
        for stage, rows in plateaus.of_instants(done):
            _add(found, stage, block.take(rows), windows(done.take(rows), stages[stage]))
    found.tenants = list(tenants)
    return found


def _add(found: Requests, stage: int, block: Block, window: Ints) -> None:
    """Take in requests that ended in one stage."""
    _add_waiting(found, stage, block)
    _add_windows(found, stage, block, window)
    _add_fine(found, stage, block, window)
    _add_bad(found, stage, block)
    add_answers(found, found.stages[stage].tenants, block)
    add_costs(found.costs, found.stages[stage], block)


def _add_waiting(found: Requests, stage: int, block: Block) -> None:
    """Histograms of the latency, of how late requests were sent, and of both together."""
    shape = found.histogram[stage].shape
    found.histogram[stage] += _counted(block.endpoint * BUCKETS + bucket(block.latency_ms), *shape)
    late = np.maximum(block.start - block.due, 0) * 1000
    found.slip[stage] += _counted(bucket(late), BUCKETS)
    found.response[stage] += _counted(bucket(late + block.latency_ms), BUCKETS)


def _add_windows(found: Requests, stage: int, block: Block, window: Ints) -> None:
    """Requests, their latencies and their spans, by measuring window and over them all."""
    cell, shape = block.endpoint * WINDOWS + window, found.window_count[stage].shape
    counted, latency_ms = _counted(cell, *shape), _summed(cell, block.latency_ms, *shape)
    found.count[stage] += counted.sum(1)
    found.window_count[stage] += counted
    found.latency_ms[stage] += latency_ms.sum(1)
    found.window_ms[stage, ..., 0] += latency_ms
    for index, span in enumerate(block.spans):
        if span is None:
            continue
        there = np.flatnonzero(np.isfinite(span))
        if len(there) == len(span):
            count, ms = counted, _summed(cell, span, *shape)
        else:
            of_those = cell.take(there)
            count, ms = _counted(of_those, *shape), _summed(of_those, span.take(there), *shape)
        found.span_count[stage, :, index] += count.sum(1)
        found.span_ms[stage, :, index] += ms.sum(1)
        found.window_ms[stage, ..., 1 + index] += ms


def _add_fine(found: Requests, stage: int, block: Block, window: Ints) -> None:
    """What succeeded, by measuring window."""
    latency_ms, fine = block.latency_ms, block.outcome == OK
    if not fine.all():
        window, latency_ms = window[fine], latency_ms[fine]
    found.window_ok[stage] += _counted(window, WINDOWS)
    found.window_latency_ms[stage] += _summed(window, latency_ms, WINDOWS)


def _add_bad(found: Requests, stage: int, block: Block) -> None:
    """What did not succeed, by its kind; a few targets answer 429 with success."""
    kinds = {"rate_limited": block.status == 429}
    if (bad := block.outcome != OK).any():
        refused = (block.outcome == FAILED) & (block.status > 0) & ~np.isin(block.status, _NO_ROOM)
        wrong, stale = block.outcome == WRONG_TENANT, block.outcome == STALE_READ
        kinds |= {"failed": bad, "refused": refused, "wrong_tenant": wrong, "stale_read": stale}
    for name, rows in kinds.items():
        if rows.any():
            getattr(found, name)[stage] += _counted(block.endpoint[rows], len(found.endpoints))


def _counted(cell: Ints, *shape: int) -> Ints:
    return np.bincount(cell, minlength=prod(shape)).reshape(shape)


def _summed(cell: Ints, values: NDArray[np.floating], *shape: int) -> Floats:
    return np.asarray(np.bincount(cell, values, prod(shape)), np.float64).reshape(shape)
