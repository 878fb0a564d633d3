"""One run at a time against a target: two would measure each other.

On this machine a locked file keeps the others away, keyed by where the target is reached, and says who has it; the
kernel gives the lock back however its holder ends, so that what a killed run left in the file keeps nobody away.
Between machines it is an advisory lock of the target's Postgres, where one is named.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from conductor.load_permission import addresses, is_loopback, origin_of
from rampart.config import Target
from rampart.errors import NotReady
from rampart.model import JSON
from seeders.database.run_lock import Held, release, take


@dataclass(slots=True)
class Exclusive:
    """The right to load a target, held."""

    file: IO[str]
    about: JSON

    def name(self, run: Path) -> None:
        """Say which run folder it is for, to those who are kept away."""
        self.about["run"] = str(run.resolve())
        self.write()

    def write(self) -> None:
        """A full disk takes no words: who comes is kept away all the same."""
        data = json.dumps(self.about).encode()
        with suppress(OSError):
            os.ftruncate(self.file.fileno(), 0)
            os.pwrite(self.file.fileno(), data, 0)


@contextmanager
def exclusive(target: Target) -> Iterator[Exclusive]:
    """The sole right to load this target; NotReady, naming the holder, where another run has it."""
    key = key_of(target)
    with ExitStack() as stack:
        held = _locked(key, stack)
        if target.postgres is not None and not target.lab:  # a lab is its run's own
            stack.enter_context(_locked_in_postgres(target.postgres, key))
        yield held


@contextmanager
def alone_at(key: str) -> Iterator[None]:
    """The same by the key alone, on this machine."""
    with ExitStack() as stack:
        _locked(key, stack)
        yield


def key_of(target: Target) -> str:
    """Where the target is reached, however its host is written: `loopback:8000`, `staging.example.com:443`."""
    origin = origin_of(target.url, f"the target {target.name}")
    host = "loopback" if all(map(is_loopback, addresses(origin.host))) else origin.host
    return f"{host}:{origin.port}"


def state_folder() -> Path:
    """Where what concerns this user and no single run is kept."""
    base = os.environ.get("XDG_STATE_HOME") or ""
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "rampart"


def _locked(key: str, stack: ExitStack) -> Exclusive:
    path = state_folder() / "locks" / f"{re.sub('[^A-Za-z0-9.-]', '_', key)}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context(path.open("a+"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise _taken(key, _holder(file.read())) from None
    except OSError as error:  # also where the file system knows no locks
        remedy = "Make that folder writable, or name another in XDG_STATE_HOME."
        raise NotReady("it cannot be seen whether another run loads the target", f"{path}: {error}", remedy) from error
    held = Exclusive(file, {"pid": os.getpid(), "since": time.time()})
    held.about["command"] = " ".join([Path(sys.argv[0]).name, *sys.argv[1:3]])
    held.write()
    stack.callback(_emptied, file)
    return held


def _emptied(file: IO[str]) -> None:
    with suppress(OSError):
        os.ftruncate(file.fileno(), 0)


def _holder(text: str) -> str:
    """Who has it, as far as the file says."""
    try:
        about = json.loads(text)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(about["since"]))
        run = f", run {about['run']}" if "run" in about else ""
        return f"process {about['pid']} ({about['command']}) has been loading it since {since}{run}"
    except (ValueError, LookupError, TypeError):
        return "another process has just begun to load it"


def _taken(key: str, holder: str) -> NotReady:
    remedy = "Wait until it has ended, or end it: two loads at a time would measure each other."
    return NotReady(f"{key} is being loaded by another run", holder, remedy)


@contextmanager
def _locked_in_postgres(conninfo: str, key: str) -> Iterator[None]:
    taken = take(conninfo)
    if isinstance(taken, Held):
        raise _taken(f"{key} (its Postgres)", taken.shown)
    try:
        yield
    finally:
        if taken is not None:
            release(taken)
