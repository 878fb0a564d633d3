"""What the rows of a target file match now: processes by pid, name and port, queues by the jobs that are ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psutil

from conductor.local_processes import with_local_processes
from probes._process_tree import parents, roots
from rampart import metrics
from rampart.config import ProcessMatch, Target
from rampart.model import Reading

_SHOWN = 5  # processes in one line


@dataclass(frozen=True, slots=True)
class Row:
    """One row, named or found, and what it stands for."""

    name: str
    found: bool
    said: str
    remedy: str = ""


def processes(target: Target) -> Iterator[Row]:
    """Each row of [[processes]], and those that are found because they listen where the target is reached."""
    parent = parents()
    for match in with_local_processes(target).processes:
        by = _by(match)
        pids = sorted(roots([match], parent))
        if pids:
            more = f" and {len(pids) - _SHOWN} more" if len(pids) > _SHOWN else ""
            listed = ", ".join(f"{pid} ({_name(pid)})" for pid in pids[:_SHOWN])
            origin = "" if match in target.processes else ", found by itself"
            yield Row(match.role, True, f"{by}{origin}: {listed}{more}")
        else:
            yield Row(match.role, False, f"{by}: no process on this machine that may be seen", _remedy(match, target))


def queues(target: Target, readings: Iterable[Reading]) -> Iterator[Row]:
    """Each row of [[queues]] with what its probe has just read."""
    known: dict[tuple[str, str], float] = {}
    for reading in readings:
        if "queue" in reading.labels:
            known[reading.metric.name, reading.labels["queue"]] = reading.value
    for queue in target.queues:
        name = f"{queue.name} ({queue.kind})"
        ready = known.get((metrics.QUEUE_READY.name, queue.name))
        workers = known.get((metrics.QUEUE_WORKERS.name, queue.name))
        if ready is None:
            yield Row(name, False, "it could not be read", "See the probe of its kind.")
        elif not ready and not workers:
            said = "no job is ready" + ("" if workers is None else " and no worker has signed in")
            yield Row(name, False, said, "An empty queue looks as one that is not there: check its name and its url.")
        else:
            yield Row(name, True, f"{ready:,.0f} ready" + ("" if workers is None else f", {workers:,.0f} workers"))


def _by(match: ProcessMatch) -> str:
    if match.pid is not None:
        return f"pid {match.pid}"
    return f"port {match.port}" if match.port is not None else f"command {match.command!r}"


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "ended"


def _remedy(match: ProcessMatch, target: Target) -> str:
    if match in target.processes:
        return "Correct the row in [[processes]]; those of other users and of containers may be hidden from you."
    return "Its processor time is not seen; name it in [[processes]] by pid or command, or run Rampart beside it."
