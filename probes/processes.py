"""How much processor time and memory does each role of the target use, and how many processes is it?"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

import psutil

from probes._cores import cores
from probes._cpu_account import Account, Times
from probes._disk_account import DiskAccount
from probes._gaps import gap_facts
from probes._neighbours import neighbours
from probes._probe import Probe, Unavailable
from probes._process_tree import lineage, members, parents, roots
from rampart import metrics
from rampart.config import ProcessMatch, Target
from rampart.model import JSON, Gap, Reading

# What cannot be named where a role is not seen: its own processor and memory, and how many workers there are.
_LOST_BY_ROLE = {
    "app": ("app-cpu", "memory"),
    "db": ("db-cpu",),
    "worker": ("workers", "memory"),
    "cache": ("cache-server",),
}
_LOST = tuple(dict.fromkeys(finding for lost in _LOST_BY_ROLE.values() for finding in lost))
_RESOLVE_S = 5.0  # looking at every process of the machine is dear; looking at those that we know is not

METRICS = (
    metrics.ROLE_CPU_S,
    metrics.PROCESS_CPU_S,
    metrics.ROLE_RSS_BYTES,
    metrics.ROLE_CORES,
    metrics.ROLE_PROCESSES,
    metrics.ROLE_DISK_BYTES,
)


class _Processes:
    def __init__(self, matches: tuple[ProcessMatch, ...]) -> None:
        self._matches = matches
        self._roles = {match.role for match in matches}
        self._named: dict[int, str] = {}
        self._known: dict[int, tuple[str, psutil.Process]] = {}
        self._accounts: dict[str, Account] = defaultdict(Account)
        self._disks: dict[str, DiskAccount] = defaultdict(DiskAccount)
        self._resolved = self._entered_wall = 0.0
        self._seen: set[str] = set()
        self._cores: dict[str, float] = {}
        self.resolve()

    def resolve(self) -> None:
        """Find the processes of every role anew, keeping the objects of those that are still the same."""
        parent = parents()
        self._named = roots(self._matches, parent)
        named = members(self._named, parent)
        beside = neighbours(named, parent, lineage(os.getpid(), parent))
        known = {}
        for pid, role in members({**beside, **self._named}, parent).items():
            with suppress(psutil.Error):
                held = self._known.get(pid)
                process = held[1] if held is not None and held[1].is_running() else psutil.Process(pid)
                process.create_time()  # remembered by the object, also when the process has ended
                known[pid] = (role, process)
        by_age = sorted(known.items(), key=lambda one: one[1][1].create_time())  # parents before their children
        self._known, self._resolved = dict(by_age), time.monotonic()
        self._seen.update(self._named.values())
        self._roles.update(beside.values())
        self._cores = self._usable()

    def _usable(self) -> dict[str, float]:
        """By role, the cores that the freest of its named processes may use; children may use what parents may."""
        found: dict[str, float] = {}
        for pid, role in self._named.items():
            with suppress(psutil.Error, KeyError):
                if (usable := cores(self._known[pid][1])) is not None:
                    found[role] = max(found.get(role, 0.0), usable)
        return found

    def read(self) -> Iterable[Reading]:
        if time.monotonic() - self._resolved >= _RESOLVE_S:
            self.resolve()
        wall = time.time()
        for role in sorted(self._roles):
            yield from self._role(role, wall)
        self._entered_wall = wall

    def _role(self, role: str, wall: float) -> Iterable[Reading]:
        now: dict[int, Times] = {}
        moved: dict[int, int] = {}
        private = shared = 0
        born, settled = set(), 0
        for pid, (plays, process) in self._known.items():
            if plays != role:
                continue
            with suppress(psutil.NoSuchProcess), process.oneshot():
                cpu, memory, began = process.cpu_times(), process.memory_info(), process.create_time()
                now[pid] = Times(cpu.user + cpu.system, cpu.children_user + cpu.children_system)
                common = getattr(memory, "shared", 0)
                private, shared = private + memory.rss - common, max(shared, common)
                if began > self._entered_wall - _RESOLVE_S:
                    born.add(pid)
                settled += self._counts(role, pid, wall - began)
                moved |= _moved(process)
        account = self._accounts[role]
        account.enter(now, frozenset(born))
        yield Reading(metrics.ROLE_CPU_S, account.used_s, {"role": role})
        for pid, times in now.items():
            yield Reading(metrics.PROCESS_CPU_S, times.own, {"role": role, "pid": str(pid)})
        yield Reading(metrics.ROLE_RSS_BYTES, private + shared, {"role": role})
        if role in self._cores:
            yield Reading(metrics.ROLE_CORES, self._cores[role], {"role": role})
        yield Reading(metrics.ROLE_PROCESSES, settled, {"role": role})
        if moved or not now:  # else nobody lets us look
            self._disks[role].enter(moved, frozenset(born))
            yield Reading(metrics.ROLE_DISK_BYTES, self._disks[role].bytes, {"role": role})

    def _counts(self, role: str, pid: int, age_s: float) -> bool:
        """Whether a process tells of a restart or a scaling: not the children of a database, nor those of one job."""
        return age_s > _RESOLVE_S and (role not in ("db", "replica") or pid in self._named)

    def facts(self) -> JSON:
        missing = sorted(self._roles - self._seen)
        if not missing:
            return {}
        return {"gaps": gap_facts(_not_here(f"no process here plays {', '.join(missing)}", missing))}

    def close(self) -> None:
        return None


def _moved(process: psutil.Process) -> dict[int, int]:
    """The bytes that a process moved from and to disks, by its pid; {} where we may not look."""
    with suppress(psutil.AccessDenied, AttributeError):
        moved = process.io_counters()
        return {process.pid: moved.read_bytes + moved.write_bytes}
    return {}


def _not_here(reason: str, roles: Iterable[str]) -> Gap:
    remedy = "Name them in the target file ([[processes]]: role, and pid, port or command), or run Rampart beside them."
    lost = dict.fromkeys(finding for role in roles for finding in _LOST_BY_ROLE.get(role, ()))
    return Gap("HOST-NONE", reason, tuple(lost), remedy)


def connect(target: Target) -> _Processes:
    if not target.processes:
        raise Unavailable(_not_here("the target file names no processes", _LOST_BY_ROLE))
    return _Processes(target.processes)


PROBE = Probe("processes", "Processor time and memory of the target's processes, by role.", 1.0, METRICS, connect)
