"""Do the application's processes wait for services that the target file does not name?"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from probes._gaps import gap_facts
from probes._probe import NotConfigured, Probe, Unavailable
from probes._process_tree import members, parents, roots
from probes._relays import DatabasePorts, database_ports
from probes._sockets import Socket, held, sockets
from rampart import metrics
from rampart.config import ProcessMatch, Target
from rampart.model import JSON, Gap, Reading

_RESOLVE_S = 5.0  # looking at every process of the machine is dear
_MOST, _OTHERS = 30, "others"  # services told apart; what comes later is one

METRICS = (metrics.OUTSIDE_WAITING,)


class _Outside:
    def __init__(self, matches: tuple[ProcessMatch, ...], named: frozenset[int], database: DatabasePorts) -> None:
        self._matches, self._named = matches, named
        self._pids: list[int] = []
        self._services = dict.fromkeys([_OTHERS])  # always there, so that none waiting is told from nobody looking
        self._elsewhere = False  # whether the application has a network of its own
        self._database = database
        self.resolve()

    def resolve(self) -> None:
        """Find the application's processes anew."""
        parent = parents()
        self._pids = [pid for pid, role in members(roots(self._matches, parent), parent).items() if role == "app"]
        self._resolved = time.monotonic()
        self._database.forget()
        self._elsewhere |= any(_network(pid) not in (None, _network(os.getpid())) for pid in self._pids)

    def read(self) -> Iterable[Reading]:
        if time.monotonic() - self._resolved >= _RESOLVE_S:
            self.resolve()
        seen = sockets()
        served = {one.local_port for one in seen if one.listens}
        calls = [one for one in seen if one.awaits and not one.listens and one.local_port not in served]
        own = [one for one in self._own(calls) if one.remote_port not in self._named]
        self._database.look({one.remote_port for one in own}, seen, self._pids)
        waiting = Counter(self._called(one) for one in own if one.remote_port not in self._database)
        return [Reading(metrics.OUTSIDE_WAITING, waiting[service], {"service": service}) for service in self._services]

    def _called(self, one: Socket) -> str:
        service = one.remote if one.remote in self._services or len(self._services) < _MOST else _OTHERS
        self._services.setdefault(service)
        return service

    def _own(self, calls: list[Socket]) -> Iterator[Socket]:
        """Those that a process of the application holds; forked ones may share it."""
        own = {inode for pid in self._pids for inode in held(pid)} if calls else set()
        return (one for one in calls if one.inode in own)

    def facts(self) -> JSON:
        if not self._elsewhere:
            return {}
        return {"gaps": gap_facts(_gap("the application's processes have a network of their own (a container)"))}

    def close(self) -> None:
        return None


def _network(pid: int) -> str | None:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/net").readlink())
    return None


def _named_ports(target: Target) -> Iterator[int]:
    """The ports at which the parts of the target are reached that have probes of their own."""
    yield from database_ports(target)
    for url in (*(server.url for server in target.redis), *(queue.url for queue in target.queues)):
        yield urlsplit(url).port or 6379
    yield from (match.port for match in target.processes if match.port is not None)


def _gap(reason: str) -> Gap:
    remedy = "Publish what is spent on outside services in Server-Timing (downstream;dur=…)."
    return Gap("OUT-NONE", reason, ("downstream",), remedy)


def connect(target: Target) -> _Outside:
    if not any(match.role == "app" for match in target.processes):
        raise NotConfigured
    if not sys.platform.startswith("linux"):
        raise Unavailable(_gap("only Linux tells on which connections an answer is awaited"))
    try:
        sockets()
    except OSError as error:
        raise Unavailable(_gap(f"the kernel does not show its connections: {error}")) from error
    database = DatabasePorts(frozenset(database_ports(target)))
    return _Outside(target.processes, frozenset(_named_ports(target)), database)


PROBE = Probe("outside", "Waiting of the application for services that are not named.", 1.0, METRICS, connect)
