"""Which objectives a stage missed, by name."""

from __future__ import annotations

from analysis.record.requests import Requests
from analysis.record.tally import holds, of_stage
from rampart.objectives import Conditions


def missed(objectives: Conditions, requests: Requests, index: int) -> list[str]:
    """The names of the objectives that a stage did not meet; one of an endpoint that it never asked for is not told."""
    return [name for name, one in objectives.items() if holds(one, of_stage(requests, index, one.endpoint)) is False]


def allowed_errors(objectives: Conditions) -> float:
    """The share of all requests that may fail: 1 where nothing is promised of them as a whole."""
    told = [one.value for one in objectives.values() if one.kind == "errors" and one.endpoint is None]
    return min(told, default=1.0)
