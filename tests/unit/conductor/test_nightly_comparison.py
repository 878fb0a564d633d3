"""What a nightly run says of the run before: the change, the suspect, or why a new segment begins."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from conductor.console import Console
from conductor.nightly import compare_with_earlier
from conductor.own_version import own_version
from conductor.session import Outcome
from rampart.errors import ExitCode
from rampart.fingerprint import Fingerprint, Part
from rampart.runs import Run
from rampart.verdict_file import read_verdict, write_verdict
from reports.comparison import Comparison
from tests.planted import thin

PARTS = {name: Part.of(name) for name in ("url", "scenario", "objectives", "levels", "host")}


def night(runs: Path, number: int, knee: float, version: str | None, **about: Any) -> Run:
    run = Run(runs / f"night-{number}")
    run.folder.mkdir()
    run.write_json("run.json", {
        "schema": 1, "outcome": "complete", "purpose": "nightly", "target": {"name": "shop"}, **own_version(),
        "fingerprint": asdict(Fingerprint.of(**PARTS)), "target_version": version,
        "clock": {"origin_monotonic": 0.0, "origin_wall": 1000.0 * number}, **about,
    })  # fmt: skip
    write_verdict(run, thin.verdict(capacity=[thin.capacity(100, knee)]))
    return run


def compared(runs: Path, run: Run) -> Comparison | None:
    return compare_with_earlier(Outcome(run, read_verdict(run), ExitCode.DONE), runs, Console())


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("1.4.1", "1.4.2", "The suspect is the target's version: 1.4.1 before, 1.4.2 now."),
        (None, "1.4.2", "The suspect is the target's version: not recorded before, 1.4.2 now."),
        ("1.4.2", "1.4.2", "The target's version was 1.4.2 both times."),
        (None, None, "The target's version is not recorded; [version] in the target file says where it is found."),
    ],
)
def test_where_the_capacity_fell_the_version_is_the_suspect(
    tmp_path: Path, before: str | None, now: str | None, said: str
) -> None:
    night(tmp_path, 1, 100.0, before)
    comparison = compared(tmp_path, night(tmp_path, 2, 50.0, now))
    assert comparison is not None
    assert comparison.regressed
    assert comparison.suspect == said
    assert comparison.sentence.endswith(said)


@pytest.mark.parametrize("knee", [100.0, 200.0])
def test_another_version_that_holds_as_much_or_more_is_no_suspect(tmp_path: Path, knee: float) -> None:
    night(tmp_path, 1, 100.0, "1.4.1")
    comparison = compared(tmp_path, night(tmp_path, 2, knee, "1.4.2"))
    assert comparison is not None
    assert (comparison.comparable, comparison.regressed, comparison.suspect) == (True, False, "")
    assert "version" not in comparison.sentence


def test_a_new_segment_says_what_changed_and_compares_no_capacity(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = Fingerprint.of(**{**PARTS, "host": Part.of("4 cores")})
    night(tmp_path, 1, 100.0, "1.4.1", fingerprint=asdict(other))
    comparison = compared(tmp_path, night(tmp_path, 2, 50.0, "1.4.2"))
    assert comparison is not None
    assert (comparison.comparable, comparison.regressed, comparison.levels) == (False, False, ())
    said = "this run begins a new segment; night-1 is not comparable: the host differs (4 cores before, host now)"
    assert said in comparison.sentence
    assert said in " ".join(capfd.readouterr().out.split())


def test_a_run_that_was_interrupted_is_compared_with_none(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    night(tmp_path, 1, 100.0, None)
    assert compared(tmp_path, night(tmp_path, 2, 50.0, None, outcome="interrupted")) is None
    assert "this run is incomplete" in capfd.readouterr().out


def test_a_run_that_is_no_baseline_itself_is_compared_with_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    night(tmp_path, 1, 100.0, None)
    spoiled = night(tmp_path, 2, 50.0, None)
    write_verdict(spoiled, replace(read_verdict(spoiled), outcome="invalid"))
    assert compared(tmp_path, spoiled) is None
    assert "this run is no baseline (invalid)" in " ".join(capfd.readouterr().out.split())


def test_the_first_run_has_nothing_to_be_compared_with(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert compared(tmp_path, night(tmp_path, 1, 100.0, None)) is None
    assert "no comparable run before this one" in capfd.readouterr().out


def test_an_earlier_run_that_is_no_baseline_begins_no_segment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spoiled = night(tmp_path, 1, 100.0, None)
    write_verdict(spoiled, replace(read_verdict(spoiled), outcome="invalid"))
    assert compared(tmp_path, night(tmp_path, 2, 50.0, None)) is None
    said = " ".join(capfd.readouterr().out.split())
    assert "not compared with night-1: it is kept and is no baseline (invalid)" in said
    assert "no comparable run before this one" in said
