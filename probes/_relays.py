"""The ports that lead to the database: its own, and those of what passes on to it, a proxy, a tunnel or a pooler."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict

from probes._process_tree import parents
from probes._sockets import Socket, held
from rampart.config import Target

_ALIKE = 0.1  # by how much what comes in and what goes on may differ: a greeting, what is on its way


def database_ports(target: Target) -> Iterator[int]:
    """The ports of the database and of the pooler before it, as the target file names them."""
    for conninfo in (target.postgres, target.replica, target.pgbouncer):
        if conninfo is not None:
            yield from (int(port or 5432) for port in str(conninfo_to_dict(conninfo).get("port") or "").split(","))


@dataclass(slots=True)
class DatabasePorts:
    """All of them that are known so far; looking for more is dear, and done once for each port until `forget`."""

    named: frozenset[int]
    relays: set[int] = field(default_factory=set)
    _looked: set[int] = field(default_factory=set)

    def __contains__(self, port: int) -> bool:
        return port in self.named or port in self.relays

    def forget(self) -> None:
        """What was no relay may be one now."""
        self._looked.clear()

    def look(self, called: Collection[int], seen: Sequence[Socket], own: Collection[int]) -> None:
        """Find relays among ports that the application, whose processes are `own`, has called."""
        unknown = set(called) - self.named - self.relays - self._looked
        self._looked |= unknown
        if self.named and unknown:
            self.relays |= set(self._passing_on(unknown, seen, own))

    def _passing_on(self, ports: Collection[int], seen: Sequence[Socket], own: Collection[int]) -> Iterator[int]:
        """Those whose process passes on what it gets.

        A service that uses the same database listens and has connections to it as well, but it is asked one thing and
        asks another: a relay sends on as many bytes as it receives.
        """
        listening = {one.inode: one.local_port for one in seen if one.listens and one.local_port in ports}
        others = (set(held(pid)) for pid in parents() if pid not in own) if listening else ()
        for inodes in others:
            for port in {listening[inode] for inode in inodes & listening.keys()}:
                ends = [one for one in seen if one.inode in inodes and not one.listens]
                came = sum(one.received for one in ends if one.local_port == port)
                went = sum(one.sent for one in ends if one.remote_port in self.named)
                if came > 0 and abs(came - went) <= _ALIKE * max(came, went):
                    yield port
