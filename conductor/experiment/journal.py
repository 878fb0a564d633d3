"""The journal of remedies: what an experiment is about to change and how that is undone, on disk before it is changed.

It is kept twice: as `remedy.json` in the run's folder, and in a folder of the user's for whatever is in force, by
which other commands find it without the run. A kill at any moment leaves it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import psutil

from conductor.exclusive import key_of, state_folder
from rampart.config import Target
from rampart.errors import NotReady
from seeders.database.inventory import database_of

SCHEMA = 1
LAB = "lab"  # the key of all labs: each is its run's own

State = Literal["planned", "applying", "applied", "undoing", "undone"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A remedy, and all that is needed to take it back without the process that applied it."""

    run: str  # its folder
    target: str  # its name
    key: str  # where it is reached; LAB for a lab
    database: str | None
    finding: str
    says: str  # what it does, without secrets
    undo: str  # the command, without secrets; empty for a lab, which is taken down
    whole: bool  # whether `undo` is all of the command; False: a secret of the target file is missing in it
    cwd: str
    deadline_s: float
    target_file: str | None
    session: str  # the application name of what its commands open in Postgres
    pid: int  # of the process that applied it
    pid_started: float  # when that began, which says that it is still the same
    at: float  # wall-clock seconds of the last change of `state`
    state: State = "planned"
    before: Mapping[str, str] | None = None  # the inventory of the database
    changed: tuple[str, ...] = ()  # of the inventory, by the remedy
    processes: tuple[tuple[int, float], ...] = ()  # of a lab: ids, and when they began

    @property
    def alive(self) -> bool:
        """Whether the process that applied it is still there, and takes it back itself."""
        return started(self.pid) == self.pid_started

    @property
    def shown(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.at))
        sure = "may be" if self.state in ("planned", "applying") else "is"
        return f"the remedy of {self.finding} ({self.says}) {sure} in force (since {since}), from {self.run}"


def started(pid: int) -> float | None:
    """When the process with this id began; None: there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def new_entry(run: Path, target: Target, finding: str, says: str, **more: object) -> Entry:
    """One by this process, of which nothing is written yet."""
    about = Entry(
        run=str(run.resolve()), target=target.name, key=LAB if target.lab else key_of(target),
        database=database_of(target.postgres) if target.postgres and not target.lab else None, finding=finding,
        says=says, undo="", whole=True, cwd=str(Path.cwd()), deadline_s=0.0, target_file=None,
        session=f"rampart-remedy-{os.getpid()}-{time.time_ns() % 10**9}", pid=os.getpid(),
        pid_started=started(os.getpid()) or 0.0, at=time.time(),
    )  # fmt: skip
    return replace(about, **more)  # type: ignore[arg-type]


@dataclass(slots=True)
class Journal:
    """One entry, and the two files that hold it."""

    entry: Entry
    folder: Path  # of the run now; it may have been moved

    @property
    def standing(self) -> Path:
        """The file among those of all that is in force."""
        run = blake2b(self.entry.run.encode(), digest_size=6).hexdigest()
        return state_folder() / "remedies" / f"{re.sub('[^A-Za-z0-9.-]', '_', self.entry.key)}-{run}.json"

    def write(self, state: State, **more: object) -> None:
        """Both files are on disk when this returns; NotReady where they cannot be, and nothing may be changed then."""
        entry = replace(self.entry, state=state, at=time.time(), **more)  # type: ignore[arg-type]
        try:
            if state == "planned" or self.folder.is_dir():  # else somebody has removed the run since
                _write(in_run(self.folder), entry)
            self.standing.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(self.standing, entry)
        except OSError as error:
            raise NotReady(
                "what is to be changed cannot be written down, so nothing was changed", str(error),
                "Make room, or make that folder writable.",
            ) from error  # fmt: skip
        self.entry = entry

    def note(self, state: State, **more: object) -> None:
        """The same, as far as that is possible: what has begun goes on where the disk is full."""
        with suppress(NotReady):
            self.write(state, **more)

    def close(self) -> None:
        """It is taken back."""
        self.note("undone")
        if self.entry.state != "undone":  # it could not be written; without the file nothing is in force either
            with suppress(OSError):
                in_run(self.folder).unlink(missing_ok=True)
        self.standing.unlink(missing_ok=True)


def in_run(folder: Path) -> Path:
    """The file in a run's folder."""
    return folder / "remedy.json"


def in_force() -> Iterator[Journal]:
    """All that this user's experiments have not taken back, of the living too."""
    for path in sorted((state_folder() / "remedies").glob("*.json")):
        entry = _read(path)
        if entry is not None:
            yield Journal(entry, Path(entry.run))


def of_run(folder: Path) -> Journal | None:
    """What a run has in force: by its folder, and also where that is gone; None: nothing."""
    entry, run = _read(in_run(folder)), str(folder.resolve())
    entry = entry or next((one.entry for one in in_force() if one.entry.run == run), None)
    return None if entry is None or entry.state == "undone" else Journal(entry, folder)


def _write(path: Path, entry: Entry) -> None:
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"schema": SCHEMA, **asdict(entry)}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> Entry | None:
    """None where there is none; NotReady for one that cannot be understood: what it stands for is not forgotten."""
    try:
        found = json.loads(path.read_text())
        if found.pop("schema") != SCHEMA:
            raise ValueError("another version of Rampart wrote it")
        found["processes"] = tuple((int(pid), float(at)) for pid, at in found["processes"])
        return Entry(**{**found, "changed": tuple(found["changed"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise NotReady(
            "the journal of a remedy cannot be read", f"{path}: {error}",
            "It says what was changed in a target, and how that is undone. Undo it by hand, then remove the file.",
        ) from error  # fmt: skip
