"""Which processes play which role: those that were named, and their descendants."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from probes._sockets import held
from rampart.config import ProcessMatch

_LISTEN = "0A"  # the state of a listening socket in /proc/net/tcp


def parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    return {process.pid: process.info["ppid"] or 0 for process in psutil.process_iter(["ppid"])}


def roots(matches: Iterable[ProcessMatch], parent: Mapping[int, int]) -> dict[int, str]:
    """The role of each process that a match names. We, and those that started us, play none unless named by pid."""
    excluded = lineage(os.getpid(), parent)
    found: dict[int, str] = {}
    for match in matches:
        if match.pid is not None:
            pids: Iterable[int] = [match.pid] if match.pid in parent else []
        elif match.port is not None:
            pids = set(listeners(match.port, parent)) - excluded
        elif match.command is not None:
            pids = set(commanded(match.command, parent)) - excluded
        else:
            pids = []
        for pid in pids:
            found.setdefault(pid, match.role)
    return found


def lineage(pid: int, parent: Mapping[int, int]) -> set[int]:
    """A process and its ancestors."""
    line: set[int] = set()
    while pid and pid not in line:
        line.add(pid)
        pid = parent.get(pid, 0)
    return line


def members(named: Mapping[int, str], parent: Mapping[int, int]) -> dict[int, str]:
    """The role of each process that has one: its own, or that of its nearest ancestor with a role.

    What descends from a role by way of ourselves has none of it: we may have been started by the target's own shell.
    """
    roles: dict[int, str | None] = {**named}
    for pid in parent:
        path, at = [], pid
        while at not in roles and at in parent and at != os.getpid() and at not in path:
            path.append(at)
            at = parent[at]
        for passed in path:
            roles[passed] = None if at == os.getpid() else roles.get(at)
    return {pid: role for pid, role in roles.items() if role is not None and pid in parent}


def commanded(text: str, pids: Iterable[int]) -> list[int]:
    """Processes whose command line contains `text`."""
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            if text in " ".join(psutil.Process(pid).cmdline()):
                found.append(pid)
    return found


def listeners(port: int, pids: Iterable[int]) -> list[int]:
    """Processes that hold a socket listening on `port`, as far as we may look."""
    if sys.platform != "linux":
        connections = psutil.net_connections("tcp")
        return [c.pid for c in connections if c.status == psutil.CONN_LISTEN and c.laddr.port == port and c.pid]
    inodes = set(_listening(port))
    return [pid for pid in pids if inodes and not inodes.isdisjoint(held(pid))]


def _listening(port: int) -> list[int]:
    inodes = []
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            rows: Sequence[list[str]] = [row.split() for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
            inodes += [int(row[9]) for row in rows if row[3] == _LISTEN and int(row[1].rpartition(":")[2], 16) == port]
    return inodes
