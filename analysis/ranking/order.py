"""The findings of a level in their order: by what their remedies buy, ties by kind and strength.

A finding that takes demand away from what is full goes before one that only gives more of it, where both bring as
much: what asks for too much is the cause. More of a processor is no remedy but another machine. It is named where
nothing that can be mended would show: then what is full is honestly used up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.level.level_data import LevelData
from analysis.network.build import full_server
from analysis.network.gain import held_against, taken_s
from analysis.network.server import Network, Relief, Server
from analysis.network.strength import of_remedy, strength
from analysis.ranking.gains import Limits, class_of, together
from analysis.thresholds import TOLD_APART
from rampart.finding import Finding


@dataclass(frozen=True, slots=True)
class Order:
    """Who is first, and what the remedies buy."""

    first: Finding | None = None
    tied: tuple[Finding, ...] = ()  # those that cannot be told from it
    joint: tuple[Finding, ...] = ()  # where limits are stacked: the first and those whose remedies show with its own
    bought: Mapping[str, float] = field(default_factory=dict)  # the level's first limit after over that now, by id
    honest: frozenset[str] = frozenset()  # those about hardware that is used up
    network: Network | None = None  # of the class of work whose end the first is about


def order(
    level: LevelData, known: Limits, reliefs: Mapping[str, Relief], reached: Sequence[Finding], waited: Collection[str]
) -> Order:
    """Order findings that nothing contradicts and whose limit was reached.

    `waited`: ids of those about something that is waited for. What nobody waits for is no limit, however busy it is.
    """
    changes = {f.id: reliefs.get(f.id, Relief()) for f in reached}
    bought = {name: known.bought({name: relief}) for name, relief in changes.items()}
    limiting = {f.id for f in reached if _of_limit(known, f, changes[f.id], level)}
    hardware = {name for name, relief in changes.items() if relief.of_hardware()}
    honest, about = frozenset(limiting & hardware), [f for f in reached if f.id in waited]
    mended = [f for f in about if bought[f.id] >= TOLD_APART and f.id not in hardware]
    # At last what is full is told though nothing that is known would show: what comes next lies close behind it.
    rows = mended or [f for f in about if f.id in honest] or [f for f in about if f.id in limiting]
    if mended or not (stacked := list(_stacked(level, known, changes, reached, waited))):
        if not rows:
            return Order(bought=bought)
        first, tied = _foremost(level, known, changes, rows, bought)
        return Order(first, tied, (), bought, honest, known.networks.get(class_of(first, level)))
    return Order(stacked[0], (), tuple(stacked), bought, honest, known.networks.get(class_of(stacked[0], level)))


def _of_limit(known: Limits, finding: Finding, relief: Relief, level: LevelData) -> bool:
    """Whether a remedy clearly raises what is full in the finding's class of work, whatever lies behind it."""
    network = known.networks.get(class_of(finding, level))
    if network is None or not network.servers:
        return False
    return _raises(relief, full_server(network) or network.servers[0])


def _raises(relief: Relief, server: Server) -> bool:
    return relief.lifted(server) or TOLD_APART * (1 - relief.removed(server)) <= 1


def _foremost(
    level: LevelData, known: Limits, changes: Mapping[str, Relief], rows: Sequence[Finding], bought: Mapping[str, float]
) -> tuple[Finding, tuple[Finding, ...]]:
    """Of those that bring as much as the most that any brings, the first, and those that it cannot be told from."""
    most = max(bought[f.id] for f in rows)
    close = [f for f in rows if bought[f.id] >= min(most / TOLD_APART, most)]

    def kind(finding: Finding) -> tuple[bool, float]:
        relief, network = changes[finding.id], known.networks.get(class_of(finding, level))
        return _less_demand(known, finding, relief, level), of_remedy(network, relief) if network else 0.0

    first = max(close, key=lambda f: (*kind(f), bought[f.id], f.share, f.id))
    return first, tuple(f for f in close if f is not first and kind(f)[0] == kind(first)[0])


def _less_demand(known: Limits, finding: Finding, relief: Relief, level: LevelData) -> bool:
    """Whether a remedy takes demand away from what is full, and does not merely give more of it."""
    network = known.networks.get(class_of(finding, level))
    return network is None or not any(relief.lifted(server) for server in network.servers)


def _stacked(
    level: LevelData, known: Limits, changes: Mapping[str, Relief], reached: Sequence[Finding], waited: Collection[str]
) -> Iterator[Finding]:
    """Remedies in the order in which limits are met, where none shows alone and these do together; else none.

    Of limits that are met together the strongest comes first: the others are held while requests wait for it.
    """
    chosen: dict[str, Finding] = {}
    while known.bought({name: changes[name] for name in chosen}) < TOLD_APART:
        relief = together(changes[name] for name in chosen)
        rest = [
            f for f in reached if f.id not in chosen and not changes[f.id].of_hardware() and (chosen or f.id in waited)
        ]
        rows = [(_strongest(level, known, f, relief, changes[f.id]), f.share, f.id, f) for f in rest]
        strongest, *_, first = max(rows, default=(0.0, 0.0, "", None))
        if first is None or strongest <= 0:
            return
        chosen[first.id] = first
    yield from chosen.values()


def _strongest(level: LevelData, known: Limits, finding: Finding, before: Relief, own: Relief) -> float:
    """The strength of the strongest limit that a remedy clearly raises, of those that are met together once others are
    applied; 0 where it raises none."""
    network = known.networks.get(class_of(finding, level))
    if network is None or not network.servers:
        return 0.0
    servers, _ = held_against(network, before.and_by(own))
    left = [one for one in servers if not before.lifted(one) and before.removed(one) < 1]
    most = max((taken_s(one, before) for one in left), default=0.0)
    met = [one for one in left if TOLD_APART * taken_s(one, before) >= most]
    return max((strength(network, one) for one in met if _raises(own, one)), default=0.0)
