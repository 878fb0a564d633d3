"""Was it one target throughout? A restart, a scaling or a warm-up amid a ramp makes stages that do not compare.

Three signs: counters of a server that fall, a changed number of processes, and work done per user that rises with load.
The last needs no probe: in a closed system throughput per user can only fall as users are added, so a later stage that
gives each of more users clearly more than an earlier one met another target, or one that was not warm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.record.readings import Readings
from analysis.stages.comparison import clearly_more
from analysis.stages.operating_point import Point, usable
from rampart import metrics

# Counters that one server keeps for as long as it runs, and what it means when they fall.
_OF_A_SERVER = {
    metrics.DB_COMMITS: "the database",
    metrics.DB_SESSIONS_OPENED: "the database",
    metrics.REDIS_COMMANDS: "a Redis server",
    metrics.POOL_REQUESTS: "the application",
}
_ROLES = ("app", "db", "cache", "worker", "queue")


def changes(ramp: Sequence[Point], readings: Readings) -> list[str]:
    """What says that the target changed between or within the stages of a ramp, one sentence each; none: it is one."""
    found = [*_restarts(ramp, readings), *_scalings(ramp, readings)]
    for tenants in sorted({p.stage.tenants for p in ramp}):
        found += _efficiency([p for p in ramp if p.stage.tenants == tenants])
    return list(dict.fromkeys(found))


def restarted(point: Point, readings: Readings) -> str | None:
    """Who began to count anew within the steady window of a stage; None where nobody did."""
    start, end = point.window
    return next((who for at, who in _resets(readings) if start < at <= end), None)


def _resets(readings: Readings) -> list[tuple[float, str]]:
    """When a server's counters fell, and whose they are."""
    found = []
    for metric, who in _OF_A_SERVER.items():
        for series in readings.of(metric):
            found += [(float(series.at[i + 1]), who) for i in np.flatnonzero(np.diff(series.value) < 0)]
    return sorted(found)


def _restarts(ramp: Sequence[Point], readings: Readings) -> Iterator[str]:
    if not ramp:
        return
    begin, end = min(p.stage.steady_at for p in ramp), max(p.stage.ended_at for p in ramp)
    for at, who in _resets(readings):
        if begin <= at <= end:
            yield f"the counters of {who} began anew at {at:.0f} s: it was restarted"


def _scalings(ramp: Sequence[Point], readings: Readings) -> Iterator[str]:
    """Roles whose number of processes, typical of a stage, is not the same in all the stages of a level."""
    for role in _ROLES:
        for tenants in sorted({p.stage.tenants for p in ramp}):
            points = [p for p in ramp if p.stage.tenants == tenants]
            seen = [n for p in points if (n := _processes(readings, role, p)) is not None]
            if seen and max(seen) != min(seen):
                yield f"the {role} had {min(seen)} processes in one stage and {max(seen)} in another"


def _processes(readings: Readings, role: str, point: Point) -> int | None:
    counts = [v for s in readings.of(metrics.ROLE_PROCESSES, role=role) if len(v := s.within(*point.window))]
    return round(float(np.median(np.concatenate(counts)))) if counts else None


def _efficiency(points: Sequence[Point]) -> Iterator[str]:
    """The first later stage of more users in which each of them gets clearly more than in an earlier one."""
    served = [p for p in usable(points) if p.users > 0 and p.throughput_rps > 0]
    in_time = sorted(served, key=lambda p: p.stage.steady_at)
    for place, later in enumerate(in_time):
        for earlier in in_time[:place]:
            gain = (later.throughput_rps / later.users) / (earlier.throughput_rps / earlier.users)
            counts = (later.requests, earlier.requests)
            # Three deviations: each stage is compared with all before it.
            if later.users >= earlier.users and clearly_more(gain, 1.0, counts, deviations=3.0):
                yield (
                    f"each of {later.users} users got {gain:.2f} times the throughput that each of {earlier.users} "
                    f"had before (stages {later.stage.index} and {earlier.stage.index}): it scaled out, or was not warm"
                )
                return
