"""Requests counted by stage: however they were batched, and from when they were due beside when they were sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis.record.request_reader import read_requests
from analysis.record.requests import Requests
from analysis.verdict.analyse import analyse
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import REQUESTS, SPANS, read_batches
from scenarios.generator.table_writer import TableWriter

STAGES = [Stage(0, 100, 10, "coarse", 0.0, 2.0, 10.0), Stage(1, 100, 20, "coarse", 10.0, 12.0, 20.0)]
Row = tuple[Any, ...]


def row(
    due: float, start: float, latency_ms: float, endpoint: str = "GET /a", outcome: str = "ok", **spans: float
) -> Row:
    return (due, start, latency_ms, endpoint, "7", outcome, 200, 100, None, *(spans.get(span) for span in SPANS))


def mixed(count: int = 3000) -> Iterator[Row]:
    """All that rows can differ in; each new endpoint makes the dictionary of the stream grow."""
    rng = np.random.default_rng(1)
    for index, start in enumerate(np.sort(rng.uniform(0, 21, count)).tolist()):
        latency = float("nan") if index % 500 == 3 else float(np.float32(rng.exponential(30)))
        spans = {"db": latency / 2} if index % 3 else {}
        outcome = ("ok", "ok", "http_error", "wrong_tenant", "connection", "stale_read")[index % 6]
        yield row(start - 0.001, start, latency, f"GET /{index * 7 // count}", outcome, **spans)


def counted(folder: Path, rows: Sequence[Row], batch: int, files: int = 1) -> Requests:
    for number in range(files):
        writer = TableWriter(folder / f"requests-{batch}-{number}.arrow", REQUESTS, rows=batch, seconds=1e9)
        for one in rows[number::files]:
            writer.append(one)
        writer.close()
    paths = sorted(folder.glob(f"requests-{batch}-*.arrow"))
    return read_requests((one for path in paths for one in read_batches(path)), STAGES)


def test_counts_and_sums_are_those_of_the_rows(tmp_path: Path) -> None:
    rows = list(mixed())
    found = counted(tmp_path, rows, 100)
    for index, stage in enumerate(STAGES):
        ended = [r for r in rows if stage.steady_at <= r[1] + r[2] / 1000 <= stage.ended_at]
        assert found.count[index].sum() == found.histogram[index].sum() == found.response[index].sum() == len(ended)
        assert found.sent[index].sum() == sum(stage.steady_at <= r[1] <= stage.ended_at for r in rows)
        assert found.failed[index].sum() == sum(r[5] != "ok" for r in ended)
        assert found.wrong["wrong_tenant"][index].sum() == sum(r[5] == "wrong_tenant" for r in ended)
        assert found.wrong["stale_read"][index].sum() == sum(r[5] == "stale_read" for r in ended) > 0
        assert found.latency_ms[index].sum() == pytest.approx(sum(r[2] for r in ended))
        assert found.window_ok[index].sum() == sum(r[5] == "ok" for r in ended)
        spans = [r[9 + SPANS.index("db")] for r in ended]
        assert found.span_count[index, :, SPANS.index("db")].sum() == sum(s is not None for s in spans)
        assert found.span_ms[index, :, SPANS.index("db")].sum() == pytest.approx(sum(s or 0.0 for s in spans))
        assert found.quantile(index, 0.5) == pytest.approx(float(np.median([r[2] for r in ended])), rel=0.03)


@pytest.mark.parametrize(("batch", "files"), [(1, 1), (7, 1), (100_000, 1), (50, 3)])
def test_how_rows_were_batched_does_not_matter(tmp_path: Path, batch: int, files: int) -> None:
    rows = list(mixed())
    wanted, found = counted(tmp_path, rows, 333), counted(tmp_path, rows, batch, files)
    order = [found.endpoints.index(name) for name in wanted.endpoints]
    for name in ("count", "sent", "failed", "histogram", "span_count", "window_count"):
        assert np.array_equal(getattr(found, name)[:, order], getattr(wanted, name)), name
    for name in ("latency_ms", "span_ms", "window_ms"):
        assert np.allclose(getattr(found, name)[:, order], getattr(wanted, name)), name
    assert np.array_equal(found.slip, wanted.slip) and np.array_equal(found.response, wanted.response)


def stalled(seconds: float) -> Iterator[Row]:
    """Due every 20 ms and answered in 10; nothing can be sent for so long from second 4 of each stage on."""
    for stage in STAGES:
        stall = stage.started_at + 4
        for due in np.arange(stage.started_at, stage.ended_at - 0.02, 0.02).tolist():
            held = stall <= due < stall + seconds
            yield row(due, stall + seconds if held else due, 10.0)


def test_a_stall_that_kept_requests_back_is_seen_from_when_they_were_due(tmp_path: Path) -> None:
    found = counted(tmp_path, list(stalled(3.0)), 1000)
    sent, due = found.quantile(0, 0.95), found.response_quantile(0, 0.95)
    # Three of the eight measured seconds were held back, evenly from 3 s to nothing.
    wanted = 1000 * 3.0 * (1 - 0.05 / (3 / 8)) + 10
    assert sent == pytest.approx(10.0, rel=0.02)
    assert due == pytest.approx(wanted, rel=0.03)
    low, high = found.response_interval(0, 0.95) or (0.0, 0.0)
    assert low <= wanted <= high


def test_without_a_stall_both_readings_are_the_same(tmp_path: Path) -> None:
    found = counted(tmp_path, list(stalled(0.0)), 1000)
    assert found.response_quantile(0, 0.95) == found.quantile(0, 0.95)
    assert found.response_interval(1, 0.95) == found.quantile_interval(1, 0.95)


def test_both_readings_stand_in_the_verdict(tmp_path: Path) -> None:
    run, _ = Run.create(
        tmp_path, "stalled", {"target": {"name": "stalled", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}}
    )
    for stage in STAGES:
        run.add_stage(stage)
    counted(run.folder, list(stalled(3.0)), 1000)
    for point in analyse(run).points:
        assert point.response_ms.p95_low <= point.response_ms.p95 <= point.response_ms.p95_high
        assert point.response_ms.p95 > 100 * point.latency_ms.p95
        assert point.response_ms.p50 < 2 * point.latency_ms.p50


def test_tenants_are_named_as_the_scenario_names_them_and_old_numbers_are_read(tmp_path: Path) -> None:
    stages = [Stage(0, 1, 1, "coarse", 0.0, 0.0, 30.0)]
    named = [(*row(1.0, 1.0, 5.0, "GET /a")[:4], who, "ok", 200, 1, None, *[None] * len(SPANS)) for who in ("é", None)]
    writer = TableWriter(tmp_path / "requests-1.arrow", REQUESTS)
    for one in named * 3:
        writer.append(one)
    writer.close()
    found = read_requests(read_batches(tmp_path / "requests-1.arrow"), stages)
    assert [found.tenant(int(index)) for index in found.costs[1].tenants if index >= 0] == ["é"]
    place = REQUESTS.get_field_index("tenant")
    old = pa.schema([*REQUESTS]).set(place, pa.field("tenant", pa.int32()))
    batch = next(read_batches(tmp_path / "requests-1.arrow"))
    numbers = batch.set_column(place, old.field(place), pa.array([40, -1] * 3, pa.int32()))
    found = read_requests([numbers], stages)
    assert [found.tenant(int(index)) for index in found.costs[1].tenants if index >= 0] == ["40"]


def test_reading_a_run_does_not_import_pandas() -> None:
    """Where it is installed, pyarrow's conversions import it: half a second of CPU whenever a run is read."""
    code = """
import sys
from pathlib import Path
from analysis.verdict.analyse import analyse
from rampart.runs import Run
analyse(Run.open(Path(sys.argv[1])))
sys.exit("pandas" in sys.modules)
"""
    recording = Path(__file__).parents[3] / "recordings" / "n-plus-one"
    done = subprocess.run([sys.executable, "-c", code, str(recording)], cwd=recording.parents[2], check=False)
    assert done.returncode == 0
