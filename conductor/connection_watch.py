"""What the load process and all that it starts are connected to, looked at from outside.

The guard in the load process sees what Python opens. What C libraries open by themselves (gRPC's core, libpq, libcurl)
passes it by: it is found here, in the kernel's list of their sockets, and the load ends.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Iterator

import psutil

from conductor.safety import Permission

INTERVAL_S = 0.5
_DNS = 53  # the C library asks its name server by itself


class ConnectionWatch:
    """Looks every half second, in a thread of its own, until `stop`; `strangers` are those not allowed, by address."""

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
        pause = INTERVAL_S
        while not self._over.wait(pause):
            began = time.monotonic()
            found = list(self._look())
            for address in found:
                self.strangers[address] = max(self.strangers.get(address, 0), found.count(address))
            # Thousands of sockets take long to list: a quarter of a core at the most goes into looking.
            pause = max(INTERVAL_S, 3 * (time.monotonic() - began))

    def _look(self) -> Iterator[tuple[str, int]]:
        for process in self._family():
            try:
                sockets = process.net_connections(kind="inet")
            except psutil.Error:
                continue  # it has ended meanwhile
            listening = {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}
            for one in sockets:
                if not one.raddr or one.laddr.port in listening or one.raddr.port == _DNS:
                    continue
                address = _plain(one.raddr.ip)
                if not self._permission.allows(address, one.raddr.port):
                    yield address, one.raddr.port

    def _family(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._pid)
            return [process, *process.children(recursive=True)]
        except psutil.Error:
            return []


def _plain(address: str) -> str:
    found = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)
