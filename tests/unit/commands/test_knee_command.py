"""What `rampart knee` says about a curve: a sentence for people, a line for machines, a picture, help."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.knee.estimate import KneeEstimate, find_knee
from commands.knee import formats, line, sentence
from commands.knee_plot import plot
from rampart.windows import StageWindows
from readers.curves import Curve, readers

FOUND = KneeEstimate(
    value=208.4321, low=190.0, high=230.0, reason=None, max_throughput_rps=40.12345, efficiency_last=0.5
)
ABSENT = KneeEstimate(None, None, None, "not reached: still efficient", 12.0, 1.0, at_least=30.0)


def curve(*paths: str, endpoints: tuple[str, ...] = ()) -> Curve:
    stages = [StageWindows(n, np.array([n / 5, n / 5])) for n in (10.0, 20.0)]
    return Curve(tuple(map(Path, paths)), "wrk", stages, endpoints)


def test_the_line_is_the_documented_json() -> None:
    assert json.loads(line(curve("a/b.csv", "a/c.csv", endpoints=("/x",)), FOUND)) == {
        "file": "a/b.csv",
        "files": ["a/b.csv", "a/c.csv"],
        "format": "wrk",
        "endpoints": ["/x"],
        "knee_users": {"value": 208.4, "low": 190.0, "high": 230.0},
        "at_least_users": None,
        "reason": None,
        "max_throughput_rps": 40.12,
    }
    absent = json.loads(line(curve("c.csv"), ABSENT))
    assert absent["knee_users"] is None and absent["at_least_users"] == 30.0
    assert absent["reason"] == "not reached: still efficient" and absent["max_throughput_rps"] == 12.0


def test_the_line_of_an_empty_ramp_is_json_without_nan() -> None:
    assert json.loads(line(curve("x.csv"), find_knee([])))["max_throughput_rps"] is None


def test_the_sentence_says_the_knee_with_its_interval_or_the_reason_and_a_bound() -> None:
    assert "208 users (95 %: 190 to 230)" in sentence(curve("b.csv"), FOUND)
    assert sentence(curve("c.csv"), ABSENT) == (
        "c.csv: no knee; not reached: still efficient. The knee lies above 30 users. "
        "The highest throughput seen is 12 requests/s."
    )


def test_the_sentence_says_which_files_and_which_requests_were_counted() -> None:
    assert sentence(curve("a.txt", "b.txt", "c.txt"), FOUND).startswith("a.txt and 2 more: the knee")
    assert "(2 endpoints summed: /a, /b)" in sentence(curve("a", endpoints=("/a", "/b")), FOUND)
    assert "(/a alone)" in sentence(curve("a", endpoints=("/a", "/b")), FOUND, "/a")


def test_help_has_an_example_for_each_format() -> None:
    text = formats()
    assert len(readers()) >= 11
    assert all(f"  {one.name}: " in text and one.example in text for one in readers().values())
    assert all("rampart knee " in one.example for one in readers().values())


@pytest.mark.parametrize("estimate", [FOUND, ABSENT, find_knee([])], ids=["found", "absent", "empty"])
def test_the_plot_is_written_whatever_was_found(tmp_path: Path, estimate: KneeEstimate) -> None:
    out = tmp_path / "knee.png"
    plot(curve("a.csv").stages if estimate.max_throughput_rps else [], estimate, out)
    assert out.read_bytes().startswith(b"\x89PNG")
