"""A command of a target file, run without a shell: bounded, shown while it takes long, and ended with us."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rampart.errors import Incomplete, NotReady
from rampart.masking import masked
from rampart.processes import start_child

_LOOK_S = 0.5  # between two looks; what takes less is not shown
_GENTLE_S = 2.0  # that a command has to end in order when it is interrupted

Tick = Callable[[float], None]  # hears how many seconds are left


def run_command(command: str, deadline_s: float, *, cwd: str | None, session: str, tick: Tick = lambda _: None) -> None:
    """Run it to its end. `session` is the application name by which Postgres knows what it opens (libpq's PGAPPNAME).

    NotReady where it cannot be started; Incomplete where it does not end in time, or ends with another code than 0.
    """
    said = str(masked(command))  # what is printed and kept must not hold a password
    with tempfile.TemporaryFile() as output:  # no pipe: a server that it starts would keep that open
        process = start_child(
            _words(command, said, cwd), farewell=signal.SIGTERM, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, cwd=cwd, env={**os.environ, "PGAPPNAME": session}, start_new_session=True,
        )  # fmt: skip
        try:
            _await(process, said, deadline_s, tick)
        except BaseException:
            _end(process)
            raise
        output.seek(0)
        answer = masked(output.read().decode(errors="replace").strip()[-400:])
    if process.returncode:
        why = f"{said}: exit {process.returncode}: {answer}"
        raise Incomplete("a remedy's command failed", why, "Check the target: the remedy may be half applied.")


def _words(command: str, said: str, cwd: str | None) -> list[str]:
    try:
        words = shlex.split(command)
        program = str(Path(cwd or ".", words[0]).absolute()) if "/" in words[0] else words[0]
        if shutil.which(program) is None:
            raise FileNotFoundError("there is no such program")
    except (OSError, ValueError, IndexError) as error:
        why = f"{said}: {masked(str(error))}"
        raise NotReady("a remedy's command could not be started", why, "Mend the target file.") from error
    return [program, *words[1:]]


def _await(process: subprocess.Popen[bytes], said: str, deadline_s: float, tick: Tick) -> None:
    end = time.monotonic() + deadline_s
    while (left := end - time.monotonic()) > 0:
        try:
            process.wait(min(_LOOK_S, left))
            return
        except subprocess.TimeoutExpired:
            tick(left)
    raise Incomplete(
        "a remedy's command did not end",
        f"{said}: {deadline_s:g} s are over",
        "Check the target: the remedy may be half applied.",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C in a terminal would, so that a client cancels its statement; then at once."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GENTLE_S)
