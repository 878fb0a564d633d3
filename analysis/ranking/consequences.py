"""What should ease when a finding is mended: what is full at the knee because of what the remedy takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.attribution.attribute import Attribution
from analysis.detectors._found import every_detector
from analysis.level.level_data import LevelData
from analysis.network.gain import gain
from analysis.network.server import Network, Relief, holders_of
from analysis.ranking.gains import Limits, class_of
from analysis.thresholds import TOLD_APART
from rampart import resources
from rampart.finding import Finding
from rampart.resources import ResourceName


def consequences(
    finding: Finding, level: LevelData, attribution: Attribution, known: Limits, reliefs: Mapping[str, Relief],
    reached: Sequence[Finding],
) -> tuple[str, ...]:  # fmt: skip
    """The findings that name a full server which the remedy relieves, or which is held while requests wait for one that
    it relieves; and those about another class of work whose limit it raises."""
    relief, own = reliefs.get(finding.id), class_of(finding, level)
    if relief is None:
        return ()
    full = {*attribution.saturated, *((resources.WORKERS,) if own not in ("requests",) else ())}
    eased = {name for network in _networks(known, own) for name in _eased(network, relief)} & full
    by_server = {name for name, d in every_detector().items() if not eased.isdisjoint(d.saturates)}
    raised = {f.id for f in reached if class_of(f, level) != own and _raises(known, class_of(f, level), relief)}
    return tuple(sorted((by_server | raised) - {finding.id}))


def _networks(known: Limits, name: str) -> list[Network]:
    return [known.networks[name]] if name in known.networks else []


def _eased(network: Network, relief: Relief) -> set[ResourceName]:
    relieved = [server.name for server in network.servers if relief.relieves(server)]
    return {*relieved, *(holder for name in relieved for holder in holders_of(name))}


def _raises(known: Limits, name: str, relief: Relief) -> bool:
    network = known.networks.get(name)
    one = gain(network, relief) if network is not None else None
    return one is not None and one.limit.value >= TOLD_APART
