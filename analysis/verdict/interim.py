"""What a level has shown while it still runs, by the same steps as the verdict."""

from __future__ import annotations

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import build
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.stages import operating_point, validity
from analysis.stages.refusals import refused
from analysis.stages.steal_time import bounded
from rampart.runs import Run


def knee_so_far(run: Run, tenants: int) -> KneeEstimate:
    """The knee of one level from what is recorded so far; `value` None where it is not sure, with the reason."""
    stages = [s for s in run.stages() if s.tenants == tenants]
    readings, requests = Readings(run.readings()), requests_of(run, stages)
    seen = bounded(validity.judge(operating_point.operating_points(requests, readings), requests, readings))
    return build(tenants, seen, [], requests, readings, {}, 500.0).knee


def refused_so_far(run: Run, tenants: int) -> str:
    """What one user alone is refused at this level, in words; empty where that is nothing."""
    return refused(requests_of(run, [s for s in run.stages() if s.tenants == tenants]))[0]
