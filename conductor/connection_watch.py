"""What the load process and all that it starts are connected to, looked at from outside.

The guard in the load process sees what Python opens. What C libraries open by themselves (gRPC's core, libpq, libcurl)
passes it by: it is found here, in the kernel's list of their sockets, and the load ends.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from conductor.safety import Permission
from scenarios.generator.addresses import canonical

# Between two looks: a short one, as long as looking takes no more than a twentieth of a core; thousands of sockets take
# long to list, and then half a second, as long as it takes no more than a quarter.
_OFTEN_S, _SELDOM_S = 0.1, 0.5
_OFTEN, _SELDOM = 19, 3  # pauses for one look
_DNS = 53  # over UDP: the C library asks its name server by itself


class ConnectionWatch:
    """Looks several times a second, in a thread of its own, until `stop`; `strangers` are addresses not allowed."""

    def __init__(self, pid: int, permission: Permission) -> None:
        self._pid, self._permission = pid, permission
        self._over = threading.Event()
        self.strangers: dict[tuple[str, int], int] = {}  # sockets seen to each address and port
        self._thread = threading.Thread(target=self._follow, name="connection watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(5)

    def _follow(self) -> None:
        pause = _OFTEN_S
        while not self._over.wait(pause):
            began = time.monotonic()
            found = list(self._look())
            for address in found:
                self.strangers[address] = max(self.strangers.get(address, 0), found.count(address))
            pause = pause_after(time.monotonic() - began)

    def _look(self) -> Iterator[tuple[str, int]]:
        for process in (*children(self._pid), *_process(self._pid)):
            try:
                sockets = process.net_connections(kind="inet")
            except psutil.Error:
                continue  # it has ended meanwhile
            listening = {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}
            for one in sockets:
                if not one.raddr or one.laddr.port in listening or _looks_up(one):
                    continue
                address = canonical(one.raddr.ip) or one.raddr.ip
                if not self._permission.allows(address, one.raddr.port):
                    yield address, one.raddr.port


def pause_after(look_s: float) -> float:
    """Seconds until the next look, after one that took `look_s`."""
    often, seldom = max(_OFTEN_S, _OFTEN * look_s), max(_SELDOM_S, _SELDOM * look_s)
    return min(often, seldom)


def children(pid: int) -> list[psutil.Process]:
    """All that a process has started, and what that has started."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        if not tasks.exists():
            return psutil.Process(pid).children(recursive=True)
        below = [int(word) for path in tasks.glob("*/children") for word in path.read_text().split()]
    except (OSError, psutil.Error):
        return []  # it has ended meanwhile
    return [one for child in below for one in (*_process(child), *children(child))]


def _process(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid)]
    except psutil.Error:
        return []


def _looks_up(one: psutil._ntuples.pconn) -> bool:
    """Whether a socket is the C library's, which looks a name up or sorts addresses by what reaches them (port 0)."""
    return one.type == socket.SOCK_DGRAM and one.raddr.port in (0, _DNS)
