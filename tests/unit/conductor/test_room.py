"""Whether a run can be recorded is known before it begins, and it ends readable where its disk fills up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conductor import room
from conductor.room import KEPT_BYTES, Recording, give_back, keep_back, require_room, require_writable
from rampart.errors import ExitCode, NotReady
from rampart.runs import Run


def test_a_folder_that_is_not_there_yet_is_made_later(tmp_path: Path) -> None:
    assert require_writable(tmp_path / "deep" / "runs") == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_file_and_a_link_to_nothing_are_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "unmounted")
    for name, why in (
        ("file", "is not a folder"),
        ("file/runs", "is not a folder"),
        ("link", "a link to what is not there"),
    ):
        with pytest.raises(NotReady, match=why) as told:
            require_writable(tmp_path / name)
        assert told.value.code is ExitCode.NOT_READY


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.os, "access", lambda path, mode: not mode & os.W_OK)  # root may write anywhere
    with pytest.raises(NotReady, match="read-only for us"):
        require_writable(tmp_path)


def test_a_longer_run_of_more_and_faster_users_needs_more(tmp_path: Path) -> None:
    usual = Recording(tmp_path, 400, 480.0).needed_bytes(1.0)
    assert KEPT_BYTES < usual < 100_000_000
    assert Recording(tmp_path, 400, 4800.0).needed_bytes(1.0) > 3 * usual
    assert Recording(tmp_path, 4000, 480.0).needed_bytes(1.0) > 3 * usual
    assert Recording(tmp_path, 400, 480.0).needed_bytes(None) > 3 * usual
    # However many users: one load process sends so many requests and no more.
    assert Recording(tmp_path, 10**6, 480.0).needed_bytes(0.0) < 10 * usual


def test_a_run_that_does_not_fit_is_refused_with_both_figures(tmp_path: Path) -> None:
    century = Recording(tmp_path, 400, 3e9)
    with pytest.raises(NotReady, match=r"up to [\d,.]+ GB are needed and [\d,.]+ GB are free"):
        require_room(century, 1.0)
    assert "free for runs" in require_room(Recording(tmp_path, 4, 10.0), 1.0)


def test_what_is_kept_back_is_taken_at_once_and_given_back(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    keep_back(run)
    file = room._kept[run.folder]
    assert os.fstat(file.fileno()).st_blocks * 512 >= KEPT_BYTES
    assert [path.name for path in run.folder.iterdir()] == ["run.json"]  # nothing is left of it by a kill
    give_back(run)
    give_back(run)
    assert file.closed


def test_a_run_for_whose_end_there_is_no_room_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = Run.create(tmp_path, "lab", {})
    monkeypatch.setattr(room, "KEPT_BYTES", 1 << 60)
    with pytest.raises(NotReady, match="no run can be kept"):
        keep_back(run)
    assert list(tmp_path.iterdir()) == []
