"""`rampart compare A B` compares like with like, and its exit code says what came of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from commands.main import main
from conductor.own_version import own_version
from rampart.errors import ExitCode
from rampart.fingerprint import Fingerprint, Part
from rampart.runs import Run
from rampart.verdict_file import write_verdict
from tests.planted import thin

PARTS = {name: Part.of(name) for name in ("url", "scenario", "objectives", "levels", "host")}


def made(folder: Path, knee: float = 100.0, parts: dict[str, Part] | None = None, **more: Any) -> str:
    run = Run(folder)
    folder.mkdir()
    fingerprint = asdict(Fingerprint.of(**{**PARTS, **(parts or {})}))
    about = {"schema": 1, "outcome": "complete", **own_version(), "fingerprint": fingerprint, **more.pop("about", {})}
    run.write_json("run.json", about)
    write_verdict(run, thin.verdict(**{"capacity": [thin.capacity(100, knee)], **more}))
    return str(folder)


def told(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["compare", *words])
    said = capfd.readouterr()
    return code, " ".join((said.out + said.err).split())


@pytest.mark.parametrize(
    ("knee", "more", "code", "said"),
    [
        (100.0, {}, ExitCode.DONE, "Capacity has not clearly changed."),
        (50.0, {}, ExitCode.OBJECTIVE_MISSED, "the knee fell from 100 users to 50 users"),
        (100.0, {"violations": [thin.violation("tenant-leak")]}, ExitCode.VIOLATION, "tenant-leak"),
        (100.0, {"outcome": "invalid"}, ExitCode.INCOMPLETE, "this run has no figures to compare"),
    ],
    ids=["same", "fell", "violation", "invalid"],
)
def test_like_with_like(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], knee: float, more: dict[str, Any], code: ExitCode, said: str
) -> None:
    found = told([made(tmp_path / "a"), made(tmp_path / "b", knee, **more)], capfd)
    assert found[0] == code
    assert said in found[1]


@pytest.mark.parametrize("name", PARTS)
def test_what_is_not_like_with_like_is_not_compared(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    code, said = told([made(tmp_path / "a"), made(tmp_path / "b", 50.0, {name: Part.of("new")})], capfd)
    assert code == ExitCode.USAGE
    assert f"are not like with like: the {name} differs ({name} before, new now)" in said
    assert "fell" not in said


def test_runs_of_an_older_version_have_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = told([made(tmp_path / "a", about={"fingerprint": None}), made(tmp_path / "b")], capfd)
    assert code == ExitCode.USAGE
    assert "the run before has no fingerprint" in said


def test_the_versions_are_named_where_the_capacity_fell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before, after = ({"target_version": version} for version in ("1.4.1", "1.4.2"))
    _, said = told([made(tmp_path / "a", about=before), made(tmp_path / "b", 50.0, about=after)], capfd)
    assert "The suspect is the target's version: 1.4.1 before, 1.4.2 now." in said


def test_two_runs_of_the_same_older_version_are_compared_as_they_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old = {"rampart": "0.0.9", "commit": None}
    code, said = told([made(tmp_path / "a", about=old), made(tmp_path / "b", 50.0, about=old)], capfd)
    assert code == ExitCode.OBJECTIVE_MISSED
    assert "judged again" not in said


def test_what_cannot_be_judged_by_one_version_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = told([made(tmp_path / "a", about={"rampart": "0.0.9", "commit": None}), made(tmp_path / "b")], capfd)
    assert code == ExitCode.USAGE
    assert "its recording is gone" in said
