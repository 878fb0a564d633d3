"""A server of the network, and the parts of a request: what those who hold a server do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

from rampart import resources
from rampart.resources import ResourceName

# Parts of a request, beside its statements: the application's own computing, the time that a transaction is open and
# does nothing, what is neither known, and the spans of `Server-Timing` by their own names.
APP, OPEN, UNKNOWN = "app", "idle in transaction", "unknown"
STATEMENT = "statement "  # what the part of a statement begins with
Parts = Mapping[str, float]


def part_of(statement: str) -> str:
    """The part that is the execution of one statement."""
    return STATEMENT + statement


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
    also: tuple[Relief, ...] = ()  # by other remedies

    def and_by(self, other: Relief) -> Relief:
        """Both remedies together."""
        return replace(self, also=(*self.also, other))

    def lifted(self, server: Server) -> bool:
        """Whether there is enough of it now."""
        return server.name in self.lifts or any(other.lifted(server) for other in self.also)

    def lifts_unseen(self) -> bool:
        """Whether the limit that nobody sees is lifted."""
        return resources.UNSEEN in self.lifts or any(other.lifts_unseen() for other in self.also)

    def relieves(self, server: Server) -> bool:
        """Whether this server is full later, for less is asked of it or there is more of it."""
        return self.lifted(server) or self.removed(server) > 0

    def removed(self, server: Server) -> float:
        """The share of a server's demand that goes."""
        return min(sum(share * (1 - self.kept(name, server)) for name, share in server.parts.items()), 1.0)

    def kept(self, part: str, server: Server | None = None) -> float:
        """The share of a part that stays at a server, or in the request."""
        here = self.at is None or server is None or server.name in self.at
        own = 1 - self.parts.get(part, 0.0) if here else 1.0
        return own * prod(other.kept(part, server) for other in self.also)

    def response_ms(self, network: Network) -> float:
        """What a lone request takes then."""
        return sum(ms * self.kept(part) for part, ms in network.parts_ms.items())
