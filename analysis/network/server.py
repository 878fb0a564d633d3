"""A server of the network, and the parts of a request: what those who hold a server do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rampart.resources import ResourceName

# Parts of a request, beside its statements: the application's own computing, the time that a transaction is open and
# does nothing, what is neither known, and the spans of `Server-Timing` by their own names.
APP, OPEN, UNKNOWN = "app", "idle in transaction", "unknown"
Parts = Mapping[str, float]


def part_of(statement: str) -> str:
    """The part that is the execution of one statement."""
    return f"statement {statement}"


@dataclass(frozen=True, slots=True)
class Server:
    """What requests use or hold, so many at a time: cores, connections, a thread.

    What is held is known from the low stages, where nobody waits for what lies below, so that a queue there is no
    demand here; what is worked at a processor is the same at any load, and known from all stages.
    """

    name: ResourceName
    capacity: float  # how many there are
    demand_s: float  # seconds that a mean request holds one, or works at one
    spread: float  # standard deviation of the logarithm of the demand
    used: float  # utilisation at the knee, as it was read
    parts: Parts  # shares of the demand by what is done meanwhile; they sum up to 1

    @property
    def limit_rps(self) -> float:
        """Requests a second at which it is full (utilisation law)."""
        return self.capacity / self.demand_s


@dataclass(frozen=True, slots=True)
class Network:
    """A tenant level as a closed network. `now_rps` is where its throughput ended, else where the first limit lies."""

    servers: tuple[Server, ...]  # the fullest first
    parts_ms: Parts  # a mean request at low load, ms, by what it does; they sum up to its latency
    think_ms: float
    now_rps: float
    knee_users: float | None  # None: throughput did not end


@dataclass(frozen=True, slots=True)
class Relief:
    """How a remedy changes the network: shares of parts that are no longer there, and limits that are lifted."""

    parts: Parts = field(default_factory=dict)
    lifts: frozenset[ResourceName] = frozenset()
    at: frozenset[ResourceName] | None = None  # the servers that are relieved of the parts; None: all

    def relieves(self, server: Server) -> bool:
        """Whether this server is full later, for less is asked of it or there is more of it."""
        return server.name in self.lifts or self.removed(server) > 0

    def joined(self, other: Relief) -> Relief:
        """Both remedies, one after the other."""
        kept = {
            name: (1 - self.parts.get(name, 0.0)) * (1 - other.parts.get(name, 0.0))
            for name in {*self.parts, *other.parts}
        }
        at = None if self.at is None or other.at is None else self.at | other.at
        return Relief({name: 1 - share for name, share in kept.items()}, self.lifts | other.lifts, at)

    def removed(self, server: Server) -> float:
        """The share of a server's demand that goes."""
        if self.at is not None and server.name not in self.at:
            return 0.0
        return min(sum(share * self.parts.get(name, 0.0) for name, share in server.parts.items()), 1.0)

    def response_ms(self, network: Network) -> float:
        """What a lone request takes then."""
        return sum(ms * (1 - self.parts.get(name, 0.0)) for name, ms in network.parts_ms.items())
