"""A lab that stands while people work with it from several shells: up, status, down.

Its state is one file; a lab that was killed leaves a stale one, which is recognised by its process and removed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from lab.child import ROOT
from lab.folder import sweep
from lab.profiles import chosen
from lab.staging import Lab
from rampart.config import Marker, ProcessMatch, Queue, RedisServer, Seed, Target
from rampart.errors import NotReady, RampartError, UsageError

STATE = Path(tempfile.gettempdir()) / f"rampart-standing-{os.geteuid()}.json"
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A lab that is up."""

    pid: int  # of the process that holds it
    started: float  # of that process, which with the pid says that it is still the same
    target: Target


def up_detached(*, flaws: Sequence[str] = (), say: Callable[[str], None], state: Path = STATE) -> Standing:
    """Start a lab that outlives us. UsageError when one stands already or a flaw is unknown, NotReady if it fails."""
    names = chosen(flaws)
    if status(state) is not None:
        raise UsageError("a lab is up already", f"{state} says so", "Run `rampart lab down` first.")
    sweep(say)
    say("starting a lab that stays")
    log = state.with_suffix(".log")
    with log.open("wb") as file:
        command = [sys.executable, "-m", "lab.detached", str(state), *names]
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT, start_new_session=True
        )
    deadline = time.monotonic() + START_S
    while (found := status(state)) is None:
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.terminate()
            raise NotReady(
                "the lab did not start", log.read_text(errors="replace").strip()[-2000:], "Mend what it says."
            )
        time.sleep(0.05)
    keeper.returncode = 0  # it is not ours to wait for
    return found


def status(state: Path = STATE) -> Standing | None:
    """The lab that stands, or None."""
    try:
        standing = _parse(json.loads(state.read_text()))
        if psutil.Process(standing.pid).create_time() == standing.started:
            return standing
    except (OSError, ValueError):
        return None
    except psutil.NoSuchProcess:
        pass
    state.unlink(missing_ok=True)
    return None


def down(state: Path = STATE) -> bool:
    """End the lab that stands; False where there is none."""
    standing = status(state)
    if standing is None:
        return False
    keeper = psutil.Process(standing.pid)
    with suppress(psutil.NoSuchProcess):
        keeper.terminate()
        keeper.wait(10)
    state.unlink(missing_ok=True)
    return True


def hold(state: Path, flaws: Sequence[str]) -> None:
    """Be the process that holds a lab: from now on until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Lab.up(flaws=flaws) as lab:
        standing = Standing(os.getpid(), psutil.Process().create_time(), lab.target)
        temporary = state.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(standing)))
        temporary.replace(state)
        try:
            while True:
                signal.pause()
        finally:
            state.unlink(missing_ok=True)


def _parse(raw: dict[str, Any]) -> Standing:
    target = raw["target"]
    known = Target(
        name=target["name"],
        url=target["url"],
        lab=True,
        flaws=tuple(target["flaws"]),
        disposable=True,
        marker=Marker(**target["marker"]),
        postgres=target["postgres"],
        replica=target.get("replica"),
        pgbouncer=target.get("pgbouncer"),
        app_stats=target["app_stats"],
        redis=tuple(RedisServer(**one) for one in target["redis"]),
        queues=tuple(Queue(**one) for one in target["queues"]),
        processes=tuple(ProcessMatch(**one) for one in target["processes"]),
        seed=Seed(seeder=target["seed"]["seeder"]),
    )
    return Standing(raw["pid"], raw["started"], known)


if __name__ == "__main__":
    try:
        hold(Path(sys.argv[1]), sys.argv[2:])
    except RampartError as error:
        sys.exit(str(error))  # to the log, from which `up_detached` takes it
