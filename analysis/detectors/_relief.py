"""What remedies of several detectors do to the network, said once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims
from analysis.level.level_data import LevelData
from analysis.network.server import Relief, part_of
from rampart import metrics
from rampart.resources import ResourceName

Relieves = Callable[[LevelData, Attribution, Claims], Relief]


def lifts(*limits: ResourceName) -> Relieves:
    """The remedy is more of something."""
    return lambda _level, _attribution, _claims: Relief(lifts=frozenset(limits))


def as_quick_as_usual(*limits: ResourceName) -> Relieves:
    """The claimed statements take no longer than the usual statement does; and what limits are lifted by it."""

    def relief(level: LevelData, _attribution: Attribution, claims: Claims) -> Relief:
        calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
        executed, _ = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
        each = {s: executed.get(s, 0.0) / count for s, count in calls.items() if count > 0}
        others = [ms for s, ms in each.items() if s not in claims]
        usual = float(np.median(others)) if others else 0.0
        gone = {part_of(s): max(1 - usual / each[s], 0.0) for s in claims if each.get(s)}
        return Relief(gone, frozenset(limits))

    return relief


def not_sent(*limits: ResourceName) -> Relieves:
    """The claimed statements are sent no more."""
    return lambda _level, _attribution, claims: Relief({part_of(s): 1.0 for s in claims}, frozenset(limits))
