"""A part of the lab as a child process: it writes to a log, is awaited with a deadline, and ends with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from rampart.errors import NotReady
from rampart.processes import start_child

ROOT = Path(__file__).parent.parent
# Nothing else is passed on: no secret, no PGPORT that would lead astray, no word on how the lab was started.
_INHERITED = ("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Child:
    """A running part of the lab."""

    role: str  # "app", "worker", "db", "replica", "pooler", "cache", "queue", "outside"
    process: subprocess.Popen[bytes]
    log: Path
    farewell: signal.Signals  # what ends it at once and leaves nothing behind

    @property
    def pid(self) -> int:
        return self.process.pid

    def listens(self, port: int) -> bool:
        """Whether it or a child of it listens on `port`, and not another process that was there before."""
        try:
            me = psutil.Process(self.pid)
            found = [one for process in (me, *me.children()) for one in process.net_connections("tcp4")]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)

    def tail(self, lines: int = 12) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(
    role: str,
    command: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    user: int = -1,
    farewell: signal.Signals = signal.SIGKILL,
    core: int = -1,
) -> Child:
    """Start `command` as a child that is sent `farewell` should we die, on one core or (-1) on all."""
    inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
    paths = [str(ROOT), inherited.get("PYTHONPATH", "")]
    inherited["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)

    with log.open("ab") as file:
        process = start_child(
            command,
            farewell=farewell,
            user=user,
            core=core,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**inherited, **(environment or {})},
            start_new_session=True,  # Ctrl-C in a terminal is for the conductor, which still has things to do
        )
    return Child(role, process, log, farewell)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this repository."""
    return [sys.executable, "-m", module, *arguments]


def await_ready(child: Child, ready: Callable[[], bool], seconds: float) -> None:
    """Return once `ready()` is true; NotReady, with the end of the log, when the child dies or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        code = child.process.poll()
        if code is not None:
            raise failure(child, f"it ended with code {code}")
        if time.monotonic() > deadline:
            raise failure(child, f"it was not ready within {seconds:.0f} s")
        time.sleep(0.02)


def await_end(child: Child, seconds: float) -> None:
    """Return once the child has ended well; NotReady otherwise."""
    try:
        code = child.process.wait(seconds)
    except subprocess.TimeoutExpired:
        child.process.kill()
        raise failure(child, f"it had not ended after {seconds:.0f} s") from None
    if code:
        raise failure(child, f"it ended with code {code}")


def failure(child: Child, why: str) -> NotReady:
    """What to raise for a child that did not start."""
    return NotReady(
        f"the lab's {child.log.stem} did not start",
        f"{why}; its log ends:\n{child.tail()}\n",
        "Mend what the log says, or free the port or the memory that it asks for, and start the lab again.",
    )


def stop(children: Sequence[Child], *, gently: bool = False, seconds: float = 2.0) -> None:
    """End all children at once; `gently` lets them finish what they do. Those that linger are killed."""
    running = [child for child in children if child.process.poll() is None]
    for child in running:
        with suppress(ProcessLookupError):
            child.process.send_signal(signal.SIGTERM if gently else child.farewell)
    deadline = time.monotonic() + seconds
    for child in running:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
