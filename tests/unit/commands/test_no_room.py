"""A disk that takes nothing is one sentence and the environment's exit code, whatever wanted to write."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from commands import explain
from commands.crash import unexpected
from commands.main import main
from lab.staging import Lab
from rampart.errors import ExitCode


@pytest.mark.parametrize("command", ["ramp", "nightly", "ladder"])
def test_a_command_whose_runs_cannot_be_kept_starts_nothing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def started(**_: object) -> None:
        pytest.fail("a lab was started for nothing")

    monkeypatch.setattr(Lab, "up", started)
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "unmounted")
    for name in ("file", "file/runs", "link"):
        assert main([command, "--runs", str(tmp_path / name)]) == ExitCode.NOT_READY
        assert f"Error: no run can be kept in {tmp_path / name}" in capfd.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_what_a_disk_refuses_any_command_is_no_fault_of_ours(
    number: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> ExitCode:
        raise OSError(number, os.strerror(number), "exported/stages.csv")

    monkeypatch.setattr(explain, "run", refused)
    assert main(["explain", "missing-index"]) == ExitCode.NOT_READY
    said = capfd.readouterr().err
    assert "Error: exported/stages.csv cannot be written" in said and os.strerror(number) in said
    assert "Traceback" not in said


def test_an_unexpected_error_is_told_where_no_file_can_be_written_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "gettempdir", nowhere)
        told = unexpected(RuntimeError("of our own"))
    assert told.code is ExitCode.OUR_FAULT
    assert "could not be written" in told.remedy
