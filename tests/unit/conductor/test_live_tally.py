"""What the conductor tallies while a stage runs is what the analysis reads of it afterwards."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analysis.record.readings import Readings
from analysis.record.request_reader import read_requests
from analysis.record.requests import Requests
from analysis.stages.interactive_law import efficiency
from analysis.stages.operating_point import Point, operating_points
from conductor.live_tally import StageTally, Tally
from rampart.latency_buckets import bucket
from rampart.model import JSON
from rampart.runs import Run

RECORDINGS = Path(__file__).parents[2] / "recordings"


def live_lines(run: Run, point: Point) -> list[JSON]:
    """The lines that the recorder would have written of a stage's window, one for each second."""
    rows = [
        (row["start"] + row["latency_ms"] / 1000, row["latency_ms"], row["outcome"])
        for batch in run.requests()
        for row in batch.select(["start", "latency_ms", "outcome"]).to_pylist()
    ]
    start, end = point.window
    edges = np.linspace(start, end, round(end - start) + 1)
    lines = []
    for begin, until in itertools.pairwise(edges):
        inside = [(ms, outcome) for done, ms, outcome in rows if begin <= done < until]
        lines.append(
            {
                "seconds": until - begin,
                "requests": len(inside),
                "failures": sum(outcome != "ok" for _, outcome in inside),
                "latency_ms": sum(ms for ms, _ in inside),
                "latencies": Counter(bucket(ms) for ms, _ in inside),
            }
        )
    return lines


def recorded(name: str) -> tuple[Run, Requests, Point]:
    """A recording and its last stage."""
    run = Run.open(RECORDINGS / name)
    requests = read_requests(run.requests(), run.stages())
    return run, requests, operating_points(requests, Readings([]))[-1]


@pytest.mark.parametrize("name", ["healthy", "rate-limited", "app-pool"])
def test_a_live_tally_is_the_operating_point(name: str) -> None:
    run, requests, point = recorded(name)
    tally = Tally()
    for line in live_lines(run, point):
        tally.add(line)
    stage = StageTally(point.users, tally)
    assert stage.requests == pytest.approx(point.requests, abs=1)
    assert stage.mean_ms == pytest.approx(point.mean_ms, rel=0.001)
    assert tally.error_ratio == pytest.approx(point.error_ratio, abs=0.001)
    assert tally.quantile_ms(0.95) == pytest.approx(requests.quantile(point.index, 0.95), rel=0.021)
    assert efficiency(stage, 0.01, 1.0) == pytest.approx(efficiency(point, 0.01, 1.0), rel=0.05)


def test_without_requests_nothing_is_told() -> None:
    tally = Tally()
    assert (tally.rps, tally.mean_ms, tally.error_ratio, tally.quantile_ms(0.5)) == (0.0, 0.0, 0.0, None)
