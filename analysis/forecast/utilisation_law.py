"""The utilisation law: a resource used D·X is full at X = c/D, known from the stages below the knee alone.

Every limit carries its spread: how well the demand is known, and how far such limits have lain from the knees that were
then measured (docs/method.md, "What comes next").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.detectors._found import general
from analysis.detectors._found import limits as limit_names
from analysis.level.level_data import LevelData
from analysis.network.gain import LIMIT_SPREAD
from analysis.network.server import APP
from analysis.stages.operating_point import Point, enough
from rampart import resources
from rampart.prediction import PredictedLimit
from rampart.resources import ResourceName

Floats = NDArray[np.float64]

DRAWS = 4000
Z95 = 1.96
# The finding that would name each resource, and how full it is at the knee. Connections follow the users and not the
# requests, so that the law does not hold for them.
RESOURCES: Mapping[ResourceName, tuple[str, float]] = {
    resource: named for resource, named in limit_names().items() if resource != resources.CONNECTIONS
}
UNKNOWN = 1.0  # a demand that is known no better than to its own size predicts nothing
STAGE_SPREAD, STAGE_WEIGHT = 0.1, 2.0  # demand between stages; counted as so many further stages, for two say little


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a resource is full: medians, and the standard deviation of their logarithm (0.1 is about 10 %)."""

    id: str
    resource: str  # a name of `rampart.resources`, or of a finding's own where none stands for it
    rps: float
    users: float
    spread: float

    def predicted(self) -> PredictedLimit:
        """The limit with its 95 % interval."""
        low, high = np.exp(np.array([-Z95, Z95]) * self.spread).tolist()
        return PredictedLimit(
            id=self.id, resource=self.resource,
            users=self.users, users_low=self.users * low, users_high=self.users * high,
            rps=self.rps, rps_low=self.rps * low, rps_high=self.rps * high,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResourceDemand:
    """What a request takes of a resource: seconds of all that there is of it (D/c), and the spread of its logarithm."""

    seconds: float
    spread: float


def used_seconds(point: Point, resource: ResourceName) -> float | None:
    """Seconds of a resource that the requests of a stage used; of the host, without what strangers and we ourselves do.

    None where it was not read.
    """
    share = point.utilisation.get(resource)
    if share is None:
        return None
    if resource == resources.HOST_CPU:
        share -= background(point)
    return max(share, 0.0) * point.seconds


def background(point: Point) -> float:
    """The share of the host that is used whatever the load is."""
    return point.utilisation.get(resources.STRANGERS_CPU, 0.0) + point.utilisation.get(resources.CONDUCTOR_CPU, 0.0)


def demand(points: Sequence[Point], resource: ResourceName) -> ResourceDemand | None:
    """The demand of one request over some stages, as a ratio of sums; None where it was not read, or cannot be told."""
    rows = [(u, p.requests) for p in points if p.requests and (u := used_seconds(p, resource)) is not None]
    total, requests = sum(used for used, _ in rows), sum(count for _, count in rows)
    if not rows or total <= 0:
        return None
    mean = total / requests
    weights = np.array([count for _, count in rows]) / requests
    off = np.array([used / count / mean - 1 for used, count in rows])
    variance = (float((off**2).sum()) + STAGE_WEIGHT * STAGE_SPREAD**2) / (max(len(rows) - 1, 0) + STAGE_WEIGHT)
    spread = float(np.sqrt(variance * (weights**2).sum()))
    return ResourceDemand(mean, spread) if spread < UNKNOWN else None


def limits(level: LevelData) -> list[Limit]:
    """The limit of each resource from the stages below the knee, nearest first."""
    points = below_the_knee(level)
    per_user = [p.throughput_rps / p.users for p in points if p.users and p.throughput_rps]
    if not per_user:
        return []
    found = []
    for resource, (finding, full) in RESOURCES.items():
        if resource == resources.WORKERS and not _steady_work(points):
            continue
        if (cost := demand(points, resource)) is not None:
            if resource == resources.HOST_CPU:
                full -= min(float(np.mean([background(p) for p in points])), 0.9)
                finding = host_finding(points)
            rps = full / cost.seconds
            spread = float(np.hypot(cost.spread, LIMIT_SPREAD))
            found.append(Limit(finding, resource, rps, rps / float(np.mean(per_user)), spread))
    return sorted([*found, *_slots(points)], key=lambda limit: limit.users)


def below_the_knee(level: LevelData) -> list[Point]:
    """The stages that demand is fitted over; where no knee was reached, all that count."""
    if level.knee.value is not None:
        return level.low
    return [p for p in level.points if p.why_invalid is None and enough(p)]


def host_finding(points: Sequence[Point]) -> str:
    """A full host is the application's doing where it uses more of it than the database does."""
    used = [sum(p.utilisation.get(resources.cpu_of(role), 0.0) * p.seconds for p in points) for role in ("db", "app")]
    return general(APP) if used[1] > used[0] else RESOURCES[resources.HOST_CPU][0]


def _steady_work(points: Sequence[Point]) -> bool:
    """Whether workers were seen at work in at least two stages: they are looked at once a second, jobs are rare."""
    return sum(p.utilisation.get(resources.WORKERS, 0.0) > 0 for p in points) >= 2


def _slots(points: Sequence[Point]) -> list[Limit]:
    """Connections follow the users and not the requests, above what pools keep open; none where they do not grow."""
    slots = resources.CONNECTIONS
    seen = [(p.users, p.utilisation[slots]) for p in points if slots in p.utilisation]
    if len({users for users, _ in seen}) < 3:
        return []
    users, used = np.array(seen, float).T
    slope, idle = np.polyfit(users, used, 1)
    if slope * (users.max() - users.min()) < 0.02:  # two slots of a hundred: a probe's own come and go
        return []
    full, rate = (1.0 - idle) / slope, float(np.mean([p.throughput_rps / p.users for p in points]))
    return [Limit(limit_names()[slots][0], slots, full * rate, float(full), 2 * LIMIT_SPREAD)]


def predictions(level: LevelData) -> list[PredictedLimit]:
    """The limit of each resource in requests/s and users with its 95 % interval, nearest first."""
    return [limit.predicted() for limit in limits(level)]


def earliest(found: Sequence[Limit]) -> tuple[Limit, float, Floats]:
    """The limit that most likely comes first, with that probability and draws of where the first one comes, in users.

    The draws use fixed random numbers. `found` must not be empty.
    """
    draws = drawn(found, np.random.default_rng(0))
    which = np.bincount(draws.argmin(0), minlength=len(found)) / draws.shape[1]
    return found[int(which.argmax())], float(which.max()), draws.min(0)


def drawn(found: Sequence[Limit], rng: np.random.Generator) -> Floats:
    """Draws of all limits in users, shape (limits, DRAWS)."""
    noise = rng.normal(size=(len(found), DRAWS))
    spread = np.array([limit.spread for limit in found])[:, None]
    users: Floats = np.array([limit.users for limit in found])[:, None] * np.exp(spread * noise)
    return users
