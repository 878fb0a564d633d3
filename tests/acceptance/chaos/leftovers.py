"""What a command has left behind when it has ended: looked for everywhere where it could have left something."""

from __future__ import annotations

import ctypes
import fcntl
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psutil
import psycopg

from tests.acceptance.chaos.commands import run_of
from tests.acceptance.chaos.system import System

_GRACE_S = 12.0  # for processes that die with their parent, and for Postgres to see that a session has gone
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_SESSIONS = """
SELECT application_name || ' session' FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name NOT IN ('product', 'onlooker')"""
_LOCKS = "SELECT 'advisory lock ' || objid FROM pg_locks WHERE locktype = 'advisory'"


def adopt_orphans() -> None:
    """From now on whatever loses its parent below us becomes our child, and can be seen."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def processes(ours: Collection[int]) -> list[str]:
    """Descendants that are none of the system's, with the ports that they listen on."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            parents = {process.pid, *(parent.pid for parent in process.parents())}
            if parents & set(ours) or process.status() == psutil.STATUS_ZOMBIE:
                continue
            ports = [str(one.laddr.port) for one in process.net_connections() if one.status == psutil.CONN_LISTEN]
            found.append(f"process {process.name()} {process.pid}" + (f" on port {','.join(ports)}" if ports else ""))
        except psutil.Error:
            continue
    return found


def in_database(system: System) -> list[str]:
    """Sessions and locks of ours in the target's Postgres."""
    try:
        return [str(row[0]) for query in (_SESSIONS, _LOCKS) for row in system.ask(query)]
    except psycopg.Error as error:
        return [f"the database does not answer ({error})"]


def locks(state: Path) -> Iterator[str]:
    """Files of locks that somebody still holds."""
    for path in state.rglob("locks/*.json"):
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"lock {path.name}"


def files(temporary: Path, runs: Path) -> Iterator[str]:
    """Temporary files, and half-written ones in the run's folder. `control.json` is a part of it while a run lasts."""
    yield from (f"temporary {path.name.split('-')[0]}-{path.name.split('-')[1]}" if path.name.count("-") > 1
                else f"temporary {path.name}" for path in temporary.iterdir())  # fmt: skip
    folder = run_of(runs) if runs.exists() else None
    if folder is not None:
        hidden = (path.name for path in folder.iterdir() if path.name.startswith("."))
        yield from (f"{name} in the run's folder" for name in hidden)


def after_grace(look: Callable[[], list[str]]) -> list[str]:
    """What is still there when all had time to go."""
    until = time.monotonic() + _GRACE_S
    while (found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return found
