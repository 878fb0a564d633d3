"""What a level has shown while it still runs, by the same steps as the verdict."""

from __future__ import annotations

from analysis.knee.estimate import KneeEstimate
from analysis.knee.ramp_knee import ramp_knee
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.stages.judged_points import judged_points
from analysis.stages.refusals import refused
from rampart.runs import Run


def knee_so_far(run: Run, tenants: int) -> KneeEstimate:
    """The knee of one level from what is recorded so far; `value` None where it is not sure, with the reason."""
    readings, requests = Readings(run.readings()), requests_of(run, run.stages())
    of_level = [p for p in judged_points(requests, readings) if p.stage.tenants == tenants]
    return ramp_knee(of_level, requests)


def endpoints_so_far(run: Run, tenants: int) -> list[str]:
    """The endpoints that were asked for at this level."""
    return requests_of(run, [s for s in run.stages() if s.tenants == tenants]).endpoints


def refused_so_far(run: Run, tenants: int) -> str:
    """What one user alone is refused at this level, in words; empty where that is nothing."""
    return refused(requests_of(run, [s for s in run.stages() if s.tenants == tenants]))[0]
