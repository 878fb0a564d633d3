"""What a level's ramp has shown of its knee while it still runs, by the same steps as the verdict."""

from __future__ import annotations

from analysis import case as cases
from analysis import points, validity
from analysis.knee import KneeEstimate
from analysis.readings import Readings
from analysis.requests import read_requests
from analysis.stolen import bounded
from rampart.runs import Run


def knee_so_far(run: Run, tenants: int) -> KneeEstimate:
    """The knee of one level from what is recorded so far; `value` None where it is not sure, with the reason."""
    stages = [s for s in run.stages() if s.tenants == tenants]
    readings, requests = Readings(run.readings()), read_requests(run.requests(), stages)
    seen = bounded(validity.judge(points.operating_points(requests, readings), requests, readings))
    return cases.build(tenants, seen, [], requests, readings, {}, 500.0).knee
