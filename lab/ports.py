"""Free loopback ports, and cores that servers are kept on."""

from __future__ import annotations

import os
import random
import socket
from dataclasses import dataclass

from rampart.errors import NotReady

# Below the range from which Linux takes the ports of outgoing connections, so that none is lost between here and the
# server's own bind.
_FIRST, _LAST = 20_000, 32_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where on 127.0.0.1 each part listens."""

    db: int
    cache: int
    queue: int
    relay: int
    services: int
    app: int
    stats: int
    pooler: int


class Reserved:
    """Different ports of 127.0.0.1 on which nothing listens; NotReady when none can be found.

    Until `release` nobody who looks for a free one is given them, also while a server of ours starts again on one: the
    sockets that hold them do not listen, and make room for a server that sets SO_REUSEADDR, as all servers do.
    """

    def __init__(self, count: int) -> None:
        self._held: list[socket.socket] = []
        for port in random.SystemRandom().sample(range(_FIRST, _LAST), 2_000):
            candidate = socket.socket()
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                candidate.close()
                continue
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.append(candidate)
            if len(self._held) == count:
                return
        self.release()
        tried = f"2,000 ports of {_FIRST} to {_LAST} are in use"
        raise NotReady("no free port was found", tried, "Stop other servers.")

    @property
    def ports(self) -> list[int]:
        return [int(one.getsockname()[1]) for one in self._held]

    def release(self) -> None:
        for one in self._held:
            one.close()
        self._held.clear()


def free_ports(count: int) -> list[int]:
    """Ports that are free now."""
    reserved = Reserved(count)
    try:
        return reserved.ports
    finally:
        reserved.release()


def core(number: int) -> int:
    """One of the cores that we may use, counted from 0 and over again; -1 where they cannot be told apart."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return cores[number % len(cores)] if cores else -1
