"""A recorded hour as eight generators would write it.

60 stages of a minute, each generator with a batch every second, 20 endpoints, 10,000 tenants, the usual parts of
`Server-Timing`, and an hour of readings at 1 Hz.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from rampart import metrics
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS, SPANS, label_text
from scenarios.generator.table_writer import TableWriter

_WRITERS = 8
_ENDPOINTS = [f"GET /page-{n}" for n in range(20)]
_STAGES = 60
_SPANS = {"pool": (0.02, 0.8), "db": (0.2, 0.8), "cache": (0.05, 0.3), "mail": (0.6, 0.1), "render": (0.1, 0.8),
          "total": (0.95, 1.0)}  # share of the latency, and of the answers that say so  # fmt: skip
_TENANTS = pa.array([str(number) for number in range(1, 10_001)])


def record(parent: Path, rows: int, codec: str = "lz4", seed: int = 1) -> Run:
    """A run of an hour with so many requests; throughput follows the users to the 40th stage, then it does not.

    `codec` is what the recorder compresses its batches with.
    """
    run, _ = Run.create(
        parent,
        f"bench-{codec}-{rows}",
        {"target": {"name": "bench", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}},
    )
    stages = [Stage(i, 100, 10 * (i + 1), "coarse", 60.0 * i, 60.0 * i + 5, 60.0 * i + 60) for i in range(_STAGES)]
    for stage in stages:
        run.add_stage(stage)
    weights = np.minimum(np.arange(1, _STAGES + 1), 40).astype(float)
    _requests(run, (weights / weights.sum() * rows).astype(int), codec, np.random.default_rng(seed))
    _readings(run)
    run.update(gaps=[])
    return run


def _requests(
    run: Run, counts: np.ndarray[tuple[int], np.dtype[np.int64]], codec: str, rng: np.random.Generator
) -> None:
    options = pa.ipc.IpcWriteOptions(compression=codec)
    for writer in range(_WRITERS):
        with (
            (run.folder / f"requests-{writer}.arrow").open("wb") as file,
            pa.ipc.new_stream(file, REQUESTS, options=options) as out,
        ):
            for second in range(60 * _STAGES):
                per_second = int(counts[second // 60]) / 60 / _WRITERS
                size = int(per_second * (second + 1)) - int(per_second * second)
                out.write_batch(_batch(second, size, rng))


def _batch(second: int, size: int, rng: np.random.Generator) -> pa.RecordBatch:
    start = np.sort(rng.random(size, np.float32)).astype(np.float64) + second
    waited = 5 + max(second // 60 - 40, 0) * 25
    latency = 20 + waited * rng.standard_exponential(size, np.float32)
    words = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 20, size, np.int32)), pa.array(_ENDPOINTS))
    fine = pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array(["ok"]))
    columns = [
        pa.array(start - 0.001 * rng.random(size)), pa.array(start), pa.array(latency), words,
        pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 10_000, size, np.int32)), _TENANTS), fine,
        pa.array(np.full(size, 200, np.int16)),
        pa.array(np.full(size, 900, np.int32)), pa.array(rng.integers(0, 1 << 30, size, np.int32)),
        *(_span(name, latency, rng) for name in SPANS),
    ]  # fmt: skip
    return pa.record_batch(columns, schema=REQUESTS)


def _span(name: str, latency: np.ndarray[tuple[int], np.dtype[np.float32]], rng: np.random.Generator) -> pa.Array:
    """A part of the latency; some are sent by a part of the answers only, and some never."""
    share, sent = _SPANS.get(name, (0.0, 0.0))
    if not sent:
        return pa.nulls(len(latency), pa.float32())
    return pa.array(latency * np.float32(share), mask=None if sent == 1 else rng.random(len(latency)) > sent)


def _readings(run: Run) -> None:
    writer = TableWriter(run.folder / "readings-bench.arrow", READINGS, seconds=1e9)
    for second in range(60 * _STAGES + 1):
        writer.append((float(second), metrics.HOST_CORES.name, 2.0, "{}"))
        for number in range(100):
            writer.append((float(second), f"bench.metric_{number}", float(second), label_text({"n": str(number)})))
    writer.close()
