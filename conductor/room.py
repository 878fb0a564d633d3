"""Room for a run: looked for before anything starts, and some of it kept back, so that a run that fills its disk still
ends with a verdict and a report that can be read."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rampart.errors import NotReady
from rampart.runs import Run
from rampart.unrecorded import remedy_for

KEPT_BYTES = 8_000_000  # the verdict, the report, and all small files of a run at its end: 1 to 3 MB were seen
_TEMPORARY_BYTES = 1_000_000  # the check of a scenario and the files of a lab's servers; its data are estimated apart
_FEWEST_FILES = 100  # a run makes some forty
# Measured with these tables: a request takes 39 to 66 bytes, its batch of each second 2.5 kB; a table of readings takes
# 0.5 to 3 kB a second, and there are at most some twenty.
_REQUEST_BYTES, _SECOND_BYTES = 66, 40_000
_FASTEST_RPS, _SHORTEST_S = 5_000.0, 0.01  # that one load process sends, and that an answer takes at least
_kept: dict[Path, IO[bytes]] = {}  # by the folder of the run
_REMEDY = "Make room on that disk, or keep runs on another one with --runs."


@dataclass(frozen=True, slots=True)
class Recording:
    """What is about to be recorded, at most."""

    runs: Path  # the folder that the run's is made in
    users: int
    seconds: float

    def needed_bytes(self, think_s: float | None) -> int:
        """Careful: every user sends as fast as its wait allows, as if answers took no time; None: no wait is known."""
        rps = min(_FASTEST_RPS, self.users / max(think_s or 0.0, _SHORTEST_S))
        return KEPT_BYTES + int(self.seconds * (_SECOND_BYTES + _REQUEST_BYTES * rps))


def require_writable(runs: Path) -> Path:
    """NotReady where no run can be made in this folder; else the folder, or the one in which it will be made."""
    existing = next(folder for folder in (runs.absolute(), *runs.absolute().parents) if os.path.lexists(folder))
    if not existing.is_dir():
        why = f"{existing} is not a folder" if existing.exists() else f"{existing} is a link to what is not there"
        raise NotReady(f"no run can be kept in {runs}", why, "Name a folder with --runs.")
    if not os.access(existing, os.W_OK | os.X_OK):  # also false for root where the disk is read-only
        remedy = "Make it writable, or keep runs elsewhere with --runs."
        raise NotReady(f"no run can be kept in {runs}", f"{existing} is read-only for us", remedy)
    room = os.statvfs(existing)
    if room.f_files and room.f_favail < _FEWEST_FILES:
        why = f"its disk has room for only {room.f_favail} more files"
        raise NotReady(f"no run can be kept in {runs}", why, "Remove files on that disk, or keep runs elsewhere.")
    _require(existing, KEPT_BYTES, runs)
    return existing


def require_room(recording: Recording, think_s: float | None) -> str:
    """How much room there is, in words; NotReady where it is less than the run may take."""
    needed = recording.needed_bytes(think_s)
    free = _require(require_writable(recording.runs), needed, recording.runs)
    return f"{_size(free)} free for runs, of which one takes {_size(needed)} at most"


def require_temporary() -> str:
    """Where temporary files go, in words; NotReady where that takes none."""
    remedy = "Make room there, or name another folder in TMPDIR."
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise NotReady("no temporary file can be made", error.strerror or str(error), remedy) from error
    if free < _TEMPORARY_BYTES:
        raise NotReady("no temporary file can be made", f"{folder} has {_size(free)} left", remedy)
    return f"{_size(free)} free in {folder}"


def _require(folder: Path, needed: int, runs: Path) -> int:
    free = shutil.disk_usage(folder).free
    if free < needed:
        why = f"up to {_size(needed)} are needed and {_size(free)} are free"
        raise NotReady(f"the disk of {runs} has no room for a run", why, _REMEDY)
    return free


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def keep_back(run: Run) -> None:
    """Take room for the end of a run; NotReady, and no folder is left, where there is none.

    The file has no name any more: however this process ends, its room is free again.
    """
    path = run.folder / ".kept-back"
    try:
        file = path.open("xb", buffering=0)
        path.unlink()
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, KEPT_BYTES)
        else:
            file.write(os.urandom(KEPT_BYTES))
    except OSError as error:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise NotReady(f"no run can be kept in {run.folder.parent}", str(error), remedy_for(error)) from error
    _kept[run.folder] = file


def give_back(run: Run) -> None:
    """The room that was kept back is there for what is still to be written; again and again if you like."""
    if file := _kept.pop(run.folder, None):
        file.close()
