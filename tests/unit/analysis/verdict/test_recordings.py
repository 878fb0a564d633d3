"""Real runs of the lab, recorded: what was planted is named, and the same recording gives the same verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.runs import Run
from rampart.verdict import Verdict

RECORDINGS = sorted(path.parent for path in (Path(__file__).parents[3] / "recordings").glob("*/truth.json"))


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_what_was_planted_is_named(folder: Path, verdict_of: Callable[[Path], Verdict]) -> None:
    wanted = json.loads((folder / "truth.json").read_text())["wanted"]
    verdict = verdict_of(folder)
    first, violations = verdict.first, {violation.id for violation in verdict.violations}
    said = {first.id if first else verdict.outcome}
    assert (violations or said) == {wanted}, verdict.sentence


@pytest.mark.parametrize("folder", RECORDINGS[::5], ids=lambda folder: folder.name)
def test_the_same_recording_gives_the_same_verdict(folder: Path, verdict_of: Callable[[Path], Verdict]) -> None:
    assert verdict_of(folder) == analyse(Run.open(folder))


def test_there_is_a_recording_of_each_of_the_first_flaws_and_of_health() -> None:
    names = {folder.name for folder in RECORDINGS}
    assert names >= {"missing-index", "n-plus-one", "app-pool", "cache-missing", "sync-work", "workers", "healthy"}
