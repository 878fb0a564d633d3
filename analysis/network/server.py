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
RETRIED = "retried jobs"  # of what workers do: runs of jobs that fail and come back
STATEMENT = "statement "  # what the part of a statement begins with
WITHIN = " within "  # of something that is done while something else is held: "cache within idle in transaction"
Parts = Mapping[str, float]

# What only another machine gives more of. Where one of them is full, less work is the remedy.
HARDWARE = frozenset({resources.HOST_CPU, resources.DB_PROCESSOR})
# Whoever holds a server of one layer uses those of the later ones meanwhile. The first ones are held, in the others it
# is worked.
_HELD = (
    frozenset({resources.WORKERS}),
    frozenset({resources.POOL}),
    frozenset({resources.POOLER}),
    frozenset({resources.CONNECTIONS}),
)
LAYERS = (
    *_HELD,
    frozenset({resources.UNSEEN}),
    frozenset({resources.APP_PROCESS, resources.REDIS_CACHE, resources.REDIS_QUEUE}),
    HARDWARE,
)


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


def layer_of(name: ResourceName) -> int:
    """The layer of a server; what is in none lies below all."""
    return next((i for i, layer in enumerate(LAYERS) if name in layer), len(LAYERS))


def holders_of(name: ResourceName) -> set[ResourceName]:
    """What is held by those who use a server, or wait for it."""
    return {holder for layer in _HELD[: layer_of(name)] for holder in layer}


def unseen(now_rps: float) -> Server:
    """Where throughput ends and nothing that is seen is full: a lock, a thread, an outside service."""
    return Server(resources.UNSEEN, 1.0, 1 / now_rps, 0.0, 1.0, {UNKNOWN: 1.0})


@dataclass(frozen=True, slots=True)
class Network:
    """A tenant level as a closed network. `now_rps` is where its throughput ended, else where the first limit lies."""

    servers: tuple[Server, ...]  # the fullest first
    parts_ms: Parts  # a mean request at low load, ms, by what it does; they sum up to its latency
    think_ms: float
    now_rps: float
    knee_users: float | None  # None: throughput did not end

    @property
    def alone_ms(self) -> float:
        """From one request of a lone user to the next."""
        return sum(self.parts_ms.values()) + self.think_ms

    @property
    def end_users(self) -> float:
        """Users at which throughput ended, or at which the first limit is expected."""
        return self.knee_users if self.knee_users is not None else self.now_rps * self.alone_ms / 1000


@dataclass(frozen=True, slots=True)
class Relief:
    """How a remedy changes the network: shares of parts that are no longer there, and limits that are lifted.

    What nobody sees is known by the waiting for it alone. Of that, a remedy takes away what its finding explains;
    `lifts` names `UNSEEN` where the finding is about such a thing: a lock, a blocked loop, an outside service.
    """

    parts: Parts = field(default_factory=dict)
    lifts: frozenset[ResourceName] = frozenset()
    share: float = 0.0  # of the waiting at the knee that is explained
    at: frozenset[ResourceName] | None = None  # the servers that are relieved of the parts; None: all
    also: tuple[Relief, ...] = ()  # by other remedies

    def and_by(self, other: Relief) -> Relief:
        """Both remedies together."""
        return replace(self, also=(*self.also, other))

    def lifted(self, server: Server) -> bool:
        """Whether there is enough of it now."""
        lifts = server.name in self.lifts and server.name != resources.UNSEEN
        return lifts or any(other.lifted(server) for other in self.also)

    def of_unseen(self) -> bool:
        """Whether it is about a limit that no reading shows as full."""
        return resources.UNSEEN in self.lifts or any(other.of_unseen() for other in self.also)

    def explained(self) -> float:
        """The share of the waiting that goes; findings explain different parts of it."""
        return min(self.share + sum(other.explained() for other in self.also), 1.0)

    def of_hardware(self) -> bool:
        """Whether it is another machine, and nothing that can be mended."""
        return not self.parts and bool(self.lifts) and self.lifts <= HARDWARE

    def relieves(self, server: Server) -> bool:
        """Whether this server is full later, for less is asked of it or there is more of it."""
        return self.lifted(server) or self.removed(server) > 0

    def removed(self, server: Server) -> float:
        """The share of a server's demand that goes."""
        if server.name == resources.UNSEEN:
            return self.explained()
        return min(sum(share * (1 - self.kept(name, server)) for name, share in server.parts.items()), 1.0)

    def kept(self, part: str, server: Server | None = None) -> float:
        """The share of a part that stays at a server, or in the request."""
        here = self.at is None or server is None or server.name in self.at
        own = prod(1 - self.parts.get(name, 0.0) for name in part.split(WITHIN)) if here else 1.0
        return own * prod(other.kept(part, server) for other in self.also)

    def response_ms(self, network: Network) -> float:
        """What a lone request takes then."""
        return sum(ms * self.kept(part) for part, ms in network.parts_ms.items())
