"""The strength of a bottleneck: how much of what its holders use meanwhile is left.

A full pool before a full processor has a strength of about 1, and is its symptom; before idle servers it is the cause.
After Neilson, Woodside, Petriu and Majumdar (1995), docs/sources.md#layered-queueing-networks.
"""

from __future__ import annotations

from analysis.network.server import LAYERS, Network, Relief, Server, layer_of


def strength(network: Network, server: Server) -> float:
    """Utilisation over the largest one among the servers of the layers below; of the lowest layer 1."""
    below = {name for layer in LAYERS[layer_of(server.name) + 1 :] for name in layer}
    used = [other.used for other in network.servers if other.name in below]
    return server.used / max(used) if used and max(used) > 0 else 1.0


def of_remedy(network: Network, relief: Relief) -> float:
    """The strength of the strongest server that a remedy relieves; 0 where it relieves none."""
    relieved = [server for server in network.servers if relief.relieves(server)]
    return max((strength(network, server) for server in relieved), default=0.0)
