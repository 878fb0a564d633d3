"""How long a recorded hour takes to judge: `python -m benchmarks.analysis [--rows 36000000]`.

It writes its own recording as eight generators would (60 stages of a minute, each with a batch every second,
20 endpoints, 10,000 tenants, the usual parts of `Server-Timing`, an hour of readings at 1 Hz), then analyses it and a
tenth of it in processes of their own: seconds and peak memory, and whether they are linear and flat in the requests.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis.verdict.analyse import analyse
from benchmarks._peak import peak_mb
from rampart import metrics
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS, SPANS, TableWriter, label_text

_WRITERS = 8
_ENDPOINTS = [f"GET /page-{n}" for n in range(20)]
_STAGES = 60
_SPANS = {"pool": (0.02, 0.8), "db": (0.2, 0.8), "cache": (0.05, 0.3), "mail": (0.6, 0.1), "render": (0.1, 0.8),
          "total": (0.95, 1.0)}  # share of the latency, and of the answers that say so  # fmt: skip


def record(parent: Path, rows: int, seed: int = 1) -> Run:
    """A run of an hour with so many requests; throughput follows the users to the 40th stage, then it does not."""
    run, _ = Run.create(parent, f"bench-{rows}", {"target": {"name": "bench", "slo": {"p95_ms": 500.0}}})
    stages = [Stage(i, 100, 10 * (i + 1), "coarse", 60.0 * i, 60.0 * i + 5, 60.0 * i + 60) for i in range(_STAGES)]
    for stage in stages:
        run.add_stage(stage)
    weights = np.minimum(np.arange(1, _STAGES + 1), 40).astype(float)
    _requests(run, (weights / weights.sum() * rows).astype(int), np.random.default_rng(seed))
    _readings(run)
    run.update(outcome="complete", gaps=[])
    return run


def _requests(run: Run, counts: np.ndarray[tuple[int], np.dtype[np.int64]], rng: np.random.Generator) -> None:
    options = pa.ipc.IpcWriteOptions(compression="zstd")
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
        pa.array(rng.integers(1, 10_000, size, np.int32)), fine, pa.array(np.full(size, 200, np.int16)),
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


def measured(folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of an analysis in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.analysis", "--analyse", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout)
    return figures["seconds"], figures["megabytes"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=36_000_000)
    parser.add_argument("--analyse", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.analyse:
        began = time.perf_counter()
        analyse(Run.open(options.analyse))
        print(json.dumps({"seconds": time.perf_counter() - began, "megabytes": peak_mb()}))
        return 0
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        print(f"recording {options.rows:,} requests and a tenth of them", flush=True)
        small, large = (record(Path(folder), rows) for rows in (options.rows // 10, options.rows))
        (little, small_mb), (much, large_mb) = measured(small.folder), measured(large.folder)
    figures = {"seconds": round(much, 2), "megabytes": round(large_mb), "tenth_seconds": round(little, 2),
               "tenth_megabytes": round(small_mb), "rows": options.rows}  # fmt: skip
    for name, value in figures.items():
        print(f"  {name:<16} {value:,}")
    goals: dict[str, tuple[float, bool]] = {
        "seconds": (15, much < 15),
        "megabytes": (500, large_mb < 500),
        "memory_over_a_tenth": (1.3, large_mb < 1.3 * small_mb),
    }
    print(json.dumps({"bench": "analysis", "figures": figures, "goals": goals}))
    return 0 if all(held for _, held in goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
