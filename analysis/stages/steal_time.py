"""A stage of which the hypervisor took a part: it counts where that part does not explain how little was done.

Processors of which a part is taken are slower by (busy + stolen) / busy, and nothing else is. Were all else slower by
as much, disks and people too, throughput would be lower by just this; so without the hypervisor it is at most higher
by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis import thresholds
from analysis.stages.comparison import clearly_more
from analysis.stages.operating_point import Point, enough, usable
from rampart import resources


def fault(point: Point) -> str | None:
    """Why a stage cannot be taken for what its users get: the hypervisor took too much of the machine."""
    taken = point.utilisation.get(resources.STOLEN_CPU, 0.0)
    return f"the hypervisor took {taken:.0%} of the machine" if taken > thresholds.STEAL else None


def bounded(points: Sequence[Point]) -> list[Point]:
    """The points, those that the hypervisor alone spoiled valid again where the most that they could have done is too
    little; that is what they count with."""
    return [_bounded(point, points) if _spoiled(point) else point for point in points]


def _spoiled(point: Point) -> bool:
    return point.why_invalid is not None and point.why_invalid == fault(point)


def _bounded(point: Point, points: Sequence[Point]) -> Point:
    level = [p for p in points if p.stage.tenants == point.stage.tenants and p.stage.purpose != "profile"]
    trusted = usable(level)
    counts = enough(point) and _falls_short(point, trusted)
    return replace(point, why_invalid=None, at_most=_at_most(point)) if counts else point


def _at_most(point: Point) -> float:
    """By what throughput could have been higher, as a factor; infinite where nothing is known to have run."""
    busy, taken = point.utilisation.get(resources.HOST_CPU, 0.0), point.utilisation[resources.STOLEN_CPU]
    return (busy + taken) / busy if busy > 0 else float("inf")


def _falls_short(point: Point, trusted: Sequence[Point]) -> bool:
    """Whether each user had clearly less even so than in a stage of fewer users, and none in a stage of more had more.

    In a closed system throughput per user only falls: a stage of more users that shows more contradicts this one.
    """
    most = _each(point) * _at_most(point)
    fewer = max((p for p in trusted if p.users < point.users), key=_each, default=None)
    short = fewer and clearly_more(_each(fewer), most, (point.requests, fewer.requests))
    return bool(short) and all(_each(p) <= most for p in trusted if p.users > point.users)


def _each(point: Point) -> float:
    return point.lasting_rps / point.users
