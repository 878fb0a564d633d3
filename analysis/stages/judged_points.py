"""All recorded stages as operating points, each with what speaks against it: what every view of a run begins with."""

from __future__ import annotations

from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages import validity
from analysis.stages.operating_point import Point, operating_points
from analysis.stages.steal_time import bounded


def judged_points(requests: Requests, readings: Readings) -> list[Point]:
    """One point for each stage in the order in which they ran; those that cannot be trusted say why."""
    return bounded(validity.judge(operating_points(requests, readings), requests, readings))
