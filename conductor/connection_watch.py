"""What the load process and all that it starts are connected to, looked at from outside.

The guard in the load process sees what Python opens. What C libraries open by themselves (gRPC's core, libpq, libcurl)
passes it by: it is found here, in the kernel's list of their sockets, and the load ends.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from conductor.load_permission import Permission
from probes._sockets import Socket, held, sockets
from scenarios.generator.host_names import canonical

# Between two looks: a short one, as long as looking takes no more than a twentieth of a core; thousands of sockets take
# long to list, and then half a second, as long as it takes no more than a quarter.
_OFTEN_S, _SELDOM_S = 0.1, 0.5
_OFTEN, _SELDOM = 19, 3  # pauses for one look
_LOOKED_UP = (0, 53)  # ports, over UDP: the C library sorts addresses by what reaches them, and asks its name server


class ConnectionWatch:
    """Looks several times a second, in a thread of its own, until `stop`; `strangers` are addresses not allowed."""

    def __init__(self, pid: int, permission: Permission) -> None:
        self._pid, self._permission = pid, permission
        self._allowed = {f"{address.partition('%')[0]}:{port}" for address, port in permission.addresses}
        self._others: set[int] = set()  # inodes of connections that are somebody else's
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
            began = time.thread_time()
            found = list(self._look())
            for address in found:
                self.strangers[address] = max(self.strangers.get(address, 0), found.count(address))
            pause = pause_after(time.thread_time() - began)

    def _look(self) -> Iterator[tuple[str, int]]:
        try:
            every = [
                *sockets(left=True),
                *(one for one in sockets(socket.IPPROTO_UDP) if one.remote_port not in _LOOKED_UP),
            ]
        except OSError:  # a kernel without sock_diag
            return self._asked()
        return self._held(every)

    def _held(self, every: Sequence[Socket]) -> Iterator[tuple[str, int]]:
        """Of all connections of this machine those of the family; who holds one is asked only of those not allowed."""
        unknown = [one for one in every if not one.listens and one.inode and one.remote not in self._allowed]
        self._others &= {one.inode for one in unknown}
        unknown = [one for one in unknown if one.inode not in self._others]
        if not unknown:
            return
        # Only now: what started meanwhile would else count as a stranger's, once and for all.
        ours = {inode for process in self._family() for inode in held(process.pid)}
        listening = {one.local_port for one in every if one.listens and one.inode in ours}
        for one in unknown:
            if one.inode not in ours:
                self._others.add(one.inode)
            elif one.local_port not in listening:
                yield one.remote.rpartition(":")[0], one.remote_port

    def _family(self) -> list[psutil.Process]:
        return [*children(self._pid), *_process(self._pid)]

    def _asked(self) -> Iterator[tuple[str, int]]:
        for process in self._family():
            try:
                connections = process.net_connections(kind="inet")
            except psutil.Error:
                continue  # it has ended meanwhile
            listening = {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}
            for one in connections:
                if not one.raddr or one.laddr.port in listening or _looks_up(one):
                    continue
                address = canonical(one.raddr.ip) or one.raddr.ip
                if not self._permission.allows(address, one.raddr.port):
                    yield address, one.raddr.port


def pause_after(look_s: float) -> float:
    """Seconds until the next look, after one that took `look_s` of processor time."""
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
    return one.type == socket.SOCK_DGRAM and one.raddr.port in _LOOKED_UP
