"""What belongs to the target though nobody named it: processes that are connected to its parts, or that it calls.

Workers and services beside the application are the target's own: were they strangers, their work would spoil the
measurement. Only where Linux shows both ends of a connection and whose they are.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping

from probes._sockets import held, sockets

ROLE = "neighbour"
_SERVED = {"db", "replica", "pooler", "cache", "queue"}  # who is connected to them works with the target
_CALLING = {"app", "worker", ROLE}  # who is called by them does, too


def neighbours(roles: Mapping[int, str], pids: Iterable[int], ours: set[int]) -> dict[int, str]:
    """Processes without a role that work with those that have one; `ours` are none of them."""
    if not sys.platform.startswith("linux"):
        return {}
    try:
        seen = sockets()
    except OSError:
        return {}
    owners = _owners(pids)
    listening = {one.local_port for one in seen if one.listens}
    ends = {(one.local_port, one.remote_port): one for one in seen if not one.listens}
    found: dict[int, str] = {}
    for client in (one for one in ends.values() if one.remote_port in listening):
        server = ends.get((client.remote_port, client.local_port))
        if server is not None:
            near, far = owners[client.inode], owners[server.inode]
            met = [*_met(near, far, _SERVED, roles), *_met(far, near, _CALLING, roles)]
            found.update((pid, ROLE) for pid in met if pid not in roles and pid not in ours)
    return found


def _met(one: set[int], other: set[int], playing: set[str], roles: Mapping[int, str]) -> set[int]:
    """The processes at one end, where one at the other end plays such a role."""
    return one if any(roles.get(pid) in playing for pid in other) else set()


def _owners(pids: Iterable[int]) -> Mapping[int, set[int]]:
    """The processes that hold each socket, by inode, as far as we may look."""
    owners: dict[int, set[int]] = defaultdict(set)
    for pid in pids:
        for inode in held(pid):
            owners[inode].add(pid)
    return owners
