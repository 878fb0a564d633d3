"""The knee of one tenant level: the same for the verdict and for the conductor, who asks while the ramp goes on."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.knee.estimate import KneeEstimate, find_knee
from analysis.knee.ramp_windows import steady_think, windows
from analysis.knee.single_user import one_user
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point, usable


def ramp_stages(points: Sequence[Point]) -> list[Point]:
    """The stages of a level's ramp by rising users; those of the profile are not among them."""
    return sorted((p for p in points if p.stage.purpose != "profile"), key=lambda p: (p.users, p.index))


def ramp_knee(points: Sequence[Point], requests: Requests) -> KneeEstimate:
    """The knee from all points of one level, profile stages included: they tell what one user gets."""
    stages = usable(ramp_stages(points))
    think = steady_think(stages)
    alone = one_user([p for p in points if p.stage.purpose == "profile"], stages, requests, think)
    return find_knee([windows(p, requests, think) for p in stages], alone=alone)
