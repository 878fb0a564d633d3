"""Recorded requests counted and summed by stage and endpoint: one pass, memory flat in the number of requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.record.answer_times import AnswerTimes
from analysis.record.answers import add_answers, answers_wanted
from analysis.record.cells import Cells
from analysis.record.histogram import bucket
from analysis.record.plateaus import Placed, Plateaus
from analysis.record.request_blocks import COLUMNS, FAILED, FIRST_WRONG, OK, Block, Span, Vocabularies, blocks
from analysis.record.requests import WINDOWS, Requests
from analysis.record.tenant_costs import add_costs, costs_wanted
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
    found, words, plateaus = Requests(stages), Vocabularies(), Plateaus.of(stages)
    found.answer_times = AnswerTimes.of(stages)
    for block in blocks(batches, words):
        found.rows += len(block.start)
        found.grow(words.endpoints.words, words.wrong.words)
        sent = plateaus.placed(block.start)
        for stage, counts in sent.of_stages(Cells.of(sent, block.endpoint, len(found.endpoints)).counted()):
            found.sent[stage] += counts
        done = block.start + np.divide(block.latency_ms, 1000, dtype=np.float64)
        found.answer_times.add(_of_answered(block, done))
        ended = plateaus.placed(done)
        if ended.stages:
            _add(found, block, ended, plateaus.windows(done, ended))
    found.tenants = words.tenants.words
    return found


def _of_answered(block: Block, done: Floats) -> Floats:
    """Of the requests that had an answer: those of HTTP without a status were refused, cut off or given up."""
    unanswered = (block.outcome == FAILED) & (block.status <= 0)
    return done[~unanswered] if unanswered.any() else done


def _add(found: Requests, block: Block, ended: Placed, window: Ints) -> None:
    """Take in the requests that ended in some stage."""
    by_endpoint = Cells.of(ended, block.endpoint, len(found.endpoints))
    _add_waiting(found, block, ended, by_endpoint)
    _add_windows(found, block, ended, by_endpoint.inside(window, WINDOWS))
    _add_bad(found, block, ended)
    for index, stage in enumerate(ended.stages):
        answers, costs = answers_wanted(found), costs_wanted(found.costs, found.stages[stage])
        if not (answers or costs):
            continue
        rows = block.take(np.flatnonzero(ended.place == index))
        if answers:
            add_answers(found, found.stages[stage].tenants, rows)
        if costs:
            add_costs(found.costs, found.stages[stage], rows)


def _add_waiting(found: Requests, block: Block, ended: Placed, by_endpoint: Cells) -> None:
    """Histograms of the latency, of how late requests were sent, and of both together."""
    late = np.maximum((block.start - block.due).astype(np.float32) * np.float32(1000), np.float32(0))
    latency = by_endpoint.inside(bucket(block.latency_ms), BUCKETS).counted()
    slip, response = (Cells.of(ended, bucket(ms), BUCKETS).counted() for ms in (late, late + block.latency_ms))
    for index, stage in enumerate(ended.stages):
        found.histogram[stage] += latency[index]
        found.slip[stage] += slip[index]
        found.response[stage] += response[index]


def _add_windows(found: Requests, block: Block, ended: Placed, cells: Cells) -> None:
    """Requests, their latencies and their spans, by measuring window and over them all."""
    counted, latency_ms = cells.counted(), cells.summed(block.latency_ms)
    fine, fine_ms = _fine(block, cells, counted, latency_ms)
    for index, stage in enumerate(ended.stages):
        found.count[stage] += counted[index].sum(1)
        found.window_count[stage] += counted[index]
        found.latency_ms[stage] += latency_ms[index].sum(1)
        found.window_ms[stage, ..., 0] += latency_ms[index]
        found.window_ok[stage] += fine[index].sum(0)
        found.window_latency_ms[stage] += fine_ms[index].sum(0)
    for number, span in enumerate(block.spans):
        if span is None:
            continue
        sent, ms = _sent(span, cells, counted)
        for index, stage in enumerate(ended.stages):
            found.span_count[stage, :, number] += sent[index].sum(1)
            found.span_ms[stage, :, number] += ms[index].sum(1)
            found.window_ms[stage, ..., 1 + number] += ms[index]


def _sent(span: Span, cells: Cells, counted: Ints) -> tuple[Ints, Floats]:
    """How many answers told of a span, and their milliseconds; of `counted` answers in all."""
    if span.sent is None:
        return counted, cells.summed(span.ms)
    sent = np.flatnonzero(span.sent)
    if 2 * len(sent) < len(span.ms):  # whichever are fewer are looked at
        told = cells.take(sent)
        return told.counted(), told.summed(span.ms.take(sent))
    return counted - cells.take(np.flatnonzero(~span.sent)).counted(), cells.summed(span.ms)


def _fine(block: Block, cells: Cells, counted: Ints, latency_ms: Floats) -> tuple[Ints, Floats]:
    """The same counts and sums of the requests that succeeded: all of them, mostly."""
    fine = block.outcome == OK
    if fine.all():
        return counted, latency_ms
    return cells.counted(fine), cells.summed(np.where(fine, block.latency_ms, 0.0))


def _add_bad(found: Requests, block: Block, ended: Placed) -> None:
    """What did not succeed, by its kind; a few targets answer 429 with success."""
    kinds = [(found.rate_limited, block.status == 429)]
    if (bad := block.outcome != OK).any():
        refused = (block.outcome == FAILED) & (block.status > 0) & ~np.isin(block.status, _NO_ROOM)
        kinds += [(found.failed, bad), (found.refused, refused)]
        kinds += [(total, block.outcome == number) for number, total in enumerate(found.wrong.values(), FIRST_WRONG)]
    for total, rows in kinds:
        if rows.any():
            counts = Cells.of(ended, block.endpoint, len(found.endpoints)).counted(rows)
            for stage, of_stage in ended.of_stages(counts):
                total[stage] += of_stage
