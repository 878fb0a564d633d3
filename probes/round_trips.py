"""How long is the way from the application to its database and back?"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence

from probes._gaps import gap_facts
from probes._probe import NotConfigured, Probe, Unavailable
from probes._process_tree import members, parents, roots
from probes._relays import DatabasePorts, database_ports
from probes._sockets import Socket, held, sockets
from rampart import metrics
from rampart.config import ProcessMatch, Target
from rampart.model import JSON, Gap, Reading

_RESOLVE_S = 5.0  # looking at every process of the machine is dear
# A connection that has been quiet for so long has its answer: the next statement of the same request follows within the
# same tick of the kernel's clock, and then nobody can tell which came last.
_QUIET_MS = 50
_LEAST_MS = 1.0  # of the kernel's own figure; a shorter way is none

METRICS = (metrics.DB_ROUND_TRIP_MS,)


class _RoundTrips:
    def __init__(self, matches: tuple[ProcessMatch, ...], ports: DatabasePorts) -> None:
        self._matches, self._ports = matches, ports
        self._pids: list[int] = []
        self._seen: dict[int, int] = {}  # bytes received by each connection when it was last quiet
        self.resolve()

    def resolve(self) -> None:
        """Find the application's processes anew."""
        parent = parents()
        self._pids = [pid for pid, role in members(roots(self._matches, parent), parent).items() if role == "app"]
        self._resolved = time.monotonic()
        self._ports.forget()

    def read(self) -> Iterable[Reading]:
        if time.monotonic() - self._resolved >= _RESOLVE_S:
            self.resolve()
        seen = sockets()
        served = {one.local_port for one in seen if one.listens}
        inodes = {inode for pid in self._pids for inode in held(pid)}
        own = [one for one in seen if one.inode in inodes and not one.listens and one.local_port not in served]
        self._ports.look({one.remote_port for one in own}, seen, self._pids)
        return self._shortest([one for one in own if one.remote_port in self._ports])

    def _shortest(self, connections: Sequence[Socket]) -> list[Reading]:
        """The shortest way that is told: by the kernel, which sees as far as the next machine, or by an answer."""
        quiet = [one for one in connections if one.received_ago_ms >= _QUIET_MS]
        answers = [one.sent_ago_ms - one.received_ago_ms for one in quiet if self._is_answered(one)]
        before = {one.inode: self._seen.get(one.inode, one.received) for one in connections}
        self._seen = before | {one.inode: one.received for one in quiet}
        way = min((one.least_rtt_ms for one in connections), default=0.0)
        found = max(way, min(answers, default=0.0))
        return [Reading(metrics.DB_ROUND_TRIP_MS, found)] if answers or way >= _LEAST_MS else []

    def _is_answered(self, one: Socket) -> bool:
        """Whether an answer has come since it was quiet before, and nothing was asked since."""
        return one.received != self._seen.get(one.inode, one.received) and one.sent_ago_ms >= one.received_ago_ms

    def facts(self) -> JSON:
        if any(self._pids):
            return {}
        return {"gaps": gap_facts(_gap("no process here plays app"))}

    def close(self) -> None:
        return None


def _gap(reason: str) -> Gap:
    remedy = "Run Rampart beside the application, or publish the time of its statements in Server-Timing (db;dur=…)."
    return Gap("WAY-NONE", reason, ("network",), remedy)


def connect(target: Target) -> _RoundTrips:
    ports = frozenset(database_ports(target))
    if not ports or not any(match.role == "app" for match in target.processes):
        raise NotConfigured
    if not sys.platform.startswith("linux"):
        raise Unavailable(_gap("only Linux tells how long connections wait for an answer"))
    try:
        sockets()
    except OSError as error:
        raise Unavailable(_gap(f"the kernel does not show its connections: {error}")) from error
    return _RoundTrips(target.processes, DatabasePorts(ports))


PROBE = Probe("round_trips", "The way from the application to its database.", 1.0, METRICS, connect)
