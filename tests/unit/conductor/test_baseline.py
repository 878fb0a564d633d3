"""Which earlier run a nightly run is compared with, and why the others are not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from conductor.baseline import find_baseline, verdict_today
from conductor.own_version import own_version
from rampart.errors import UsageError
from rampart.fingerprint import Fingerprint, Part
from rampart.runs import Run
from rampart.verdict import Verdict
from rampart.verdict_file import NAME, write_verdict
from tests.planted import thin
from tests.planted.recording import Plan, record

PARTS = {name: Part.of(name) for name in ("url", "scenario", "objectives", "levels", "host")}
HELD = thin.verdict(capacity=[thin.capacity(100, 100.0)])


@pytest.fixture
def night(tmp_path: Path) -> Callable[..., Run]:
    """A recorded night; each is later than the one before."""
    count = 0

    def add(verdict: Verdict | None = HELD, parts: dict[str, Part] | None = None, **about: Any) -> Run:
        nonlocal count
        count += 1
        given = {
            "schema": 1, "outcome": "complete", "purpose": "nightly", "target": {"name": "shop"}, **own_version(),
            "fingerprint": asdict(Fingerprint.of(**{**PARTS, **(parts or {})})), "target_version": f"1.{count}",
            "clock": {"origin_monotonic": 0.0, "origin_wall": 1000.0 * count},
        }  # fmt: skip
        run = Run(tmp_path / f"night-{count}")
        run.folder.mkdir()
        run.write_json("run.json", {**given, **about})
        if verdict is not None:
            write_verdict(run, verdict)
        return run

    return add


def older(run: Run) -> Run:
    """The same run as another Rampart would have left it."""
    run.write_json("run.json", {**run.about, "rampart": "0.0.9", "commit": None})
    return run


def test_the_newest_like_run_is_the_baseline(night: Callable[..., Run], tmp_path: Path) -> None:
    night()
    before, now = night(), night()
    night()  # a later one
    search = find_baseline(now, tmp_path)
    assert search.baseline is not None
    assert (search.baseline.name, search.baseline.version) == (before.folder.name, "1.2")
    assert search.passed_over == ()


@pytest.mark.parametrize("name", PARTS)
def test_another_part_begins_a_segment_that_names_it(night: Callable[..., Run], tmp_path: Path, name: str) -> None:
    before, now = night(parts={name: Part.of("as it was")}), night()
    segment = find_baseline(now, tmp_path).new_segment
    assert segment is not None
    assert (segment.name, segment.why) == (before.folder.name, f"the {name} differs (as it was before, {name} now)")


def test_conditions_that_come_back_are_compared_again(night: Callable[..., Run], tmp_path: Path) -> None:
    before = night()
    night(parts={"host": Part.of("a larger one")})
    search = find_baseline(night(), tmp_path)
    assert search.baseline is not None
    assert search.baseline.name == before.folder.name
    assert [run.name for run in search.passed_over] == ["night-2"]
    assert search.new_segment is None


def test_two_systems_of_one_name_never_compare(night: Callable[..., Run], tmp_path: Path) -> None:
    night(parts={"url": Part.of("http://another.example.com")})
    assert find_baseline(night(), tmp_path).baseline is None


def test_a_target_that_was_renamed_is_the_same_and_another_one_is_not_mentioned(
    night: Callable[..., Run], tmp_path: Path
) -> None:
    before = night(target={"name": "old name"})
    night(target={"name": "unrelated"}, parts={"url": Part.of("http://unrelated.example.com")})
    search = find_baseline(night(), tmp_path)
    assert search.baseline is not None
    assert search.baseline.name == before.folder.name
    assert search.passed_over == ()


@pytest.mark.parametrize(
    ("verdict", "about", "why"),
    [
        (replace(HELD, outcome="target_failed"), {}, "no baseline (target_failed)"),
        (replace(HELD, outcome="invalid"), {}, "no baseline (invalid)"),
        (replace(HELD, outcome="generator_limited"), {}, "no baseline (generator_limited)"),
        (replace(HELD, violations=(thin.violation("tenant-leak"),)), {}, "no baseline (tenant-leak)"),
        (HELD, {"outcome": "interrupted"}, "it ended interrupted"),
        (HELD, {"outcome": "running"}, "it ended running"),
        (None, {}, "verdict.json is missing"),
    ],
    ids=["failed", "invalid", "generator", "violation", "interrupted", "killed", "no verdict"],
)
def test_what_is_no_baseline_is_passed_over(
    night: Callable[..., Run], tmp_path: Path, verdict: Verdict | None, about: dict[str, str], why: str
) -> None:
    good = night()
    night(verdict, **about)
    search = find_baseline(night(), tmp_path)
    assert search.baseline is not None
    assert search.baseline.name == good.folder.name
    (passed,) = search.passed_over
    assert why in passed.why
    assert not passed.begins_segment


def test_a_spoiled_run_under_other_conditions_ends_no_segment(night: Callable[..., Run], tmp_path: Path) -> None:
    night(replace(HELD, outcome="invalid"), {"host": Part.of("another one")})
    search = find_baseline(night(), tmp_path)
    assert [run.why for run in search.passed_over] == ["it is kept and is no baseline (invalid)"]
    assert search.new_segment is None


def test_a_run_of_another_purpose_is_none_of_them(night: Callable[..., Run], tmp_path: Path) -> None:
    night(purpose="ramp")
    search = find_baseline(night(), tmp_path)
    assert (search.baseline, search.passed_over) == (None, ())


def test_a_run_without_a_fingerprint_begins_a_segment(night: Callable[..., Run], tmp_path: Path) -> None:
    night(fingerprint=None)
    segment = find_baseline(night(), tmp_path).new_segment
    assert segment is not None
    assert segment.why.startswith("the run before has no fingerprint")


def test_a_torn_folder_is_passed_over(night: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "run.json").write_text('{"purpose": "nigh')
    (tmp_path / "note.txt").write_text("not a run")
    assert find_baseline(night(), tmp_path).baseline is None


def test_what_another_rampart_judged_is_judged_again_from_its_recording(
    night: Callable[..., Run], tmp_path: Path
) -> None:
    kept = night().about
    before = record(tmp_path, Plan(users=(15, 30, 60, 120, 240), seconds=6.0), **{**kept, "outcome": "complete"})
    before.write_json("run.json", {**before.about, "clock": kept["clock"]})
    (before.folder / NAME).write_text("the verdict of another version")
    shutil.rmtree(tmp_path / "night-1")
    older(before)
    search = find_baseline(night(), tmp_path)
    assert search.baseline is not None
    assert search.baseline.judged_again == "0.0.9"
    assert search.baseline.verdict.capacity[0].tenants == 100
    assert (before.folder / NAME).read_text() == "the verdict of another version"


def test_what_another_rampart_judged_begins_a_segment_where_its_recording_is_gone(
    night: Callable[..., Run], tmp_path: Path
) -> None:
    gone = older(night())
    segment = find_baseline(night(), tmp_path).new_segment
    assert segment is not None
    assert "Rampart 0.0.9 judged it" in segment.why
    assert "its recording is gone" in segment.why
    with pytest.raises(UsageError, match="cannot be judged by this Rampart"):
        verdict_today(gone)
    assert json.loads((gone.folder / NAME).read_text())["outcome"] == "bottleneck"


def test_a_half_recording_of_another_rampart_begins_a_segment_too(night: Callable[..., Run], tmp_path: Path) -> None:
    half = older(night())
    (half.folder / "stages.jsonl").write_text('{"index": 1}\n')
    (half.folder / "requests-1.arrow").write_bytes(b"torn")
    segment = find_baseline(night(), tmp_path).new_segment
    assert segment is not None
    assert "it cannot be read" in segment.why
