"""The limit foretold before the ramp, from the profile alone; and afterwards, what the ramp made of it.

One user that sends one task at a time shows what a request costs, and the scenario's weights say how requests mix. Two
things make such a prediction wide: one user is one tenant, and work done alone costs a processor more than work in
company (it wakes up for each request). Both were measured; docs/method.md, "Before the ramp".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.forecast.utilisation_law import (
    RESOURCES,
    UNKNOWN,
    Limit,
    background,
    earliest,
    host_finding,
    used_seconds,
)
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.stages.operating_point import Point
from rampart import metrics, resources
from rampart.finding import Finding, Interval
from rampart.model import Counter
from rampart.prediction import ProfilePrediction
from rampart.resources import ResourceName
from rampart.verdict import UNTRUSTED

# A request in company over the same one alone, in processor time: measured on the lab at knees of 50 to 250 users.
COMPANY = 0.65
# Standard deviation of ln(foretold / measured), measured on the lab: of processors, and of what else is counted.
SPREADS: Mapping[ResourceName, float] = {
    resources.APP_PROCESS: 0.4,
    resources.HOST_CPU: 0.4,
    resources.DB_PROCESSOR: 0.4,
}
SPREAD = 0.28
SEVERAL = 0.5  # standard deviation of one request's cost about its mean, over the mean
TICK_S = 0.01  # processor time is counted in such steps
LEAST_SEEN = 0.5  # share of the scenario's requests whose tasks answered in the profile; below it nothing is foretold


def before_ramp(
    points: Sequence[Point], readings: Readings, weights: Mapping[str, float], think_s: float
) -> ProfilePrediction | None:
    """Where the first limit is foretold for one level, from its profile stages; None where it cannot be told.

    `weights` are those of the scenario's tasks by name, `think_s` its planned think time.
    """
    profile = [p for p in points if p.stage.purpose == "profile" and p.stage.task is not None]
    answered = [p for p in profile if p.requests and weights.get(str(p.stage.task), 0) > 0]
    total = sum(weights.values())
    seen = sum(weights[str(p.stage.task)] for p in answered) / total if total else 0.0
    if seen < LEAST_SEEN:
        return None
    share = np.array([weights[str(p.stage.task)] for p in answered])
    share = share / share.sum()
    alone_s = float(share @ np.array([p.mean_ms / 1000 for p in answered]))
    found = [
        limit
        for resource in RESOURCES
        if (limit := _limit(resource, answered, share, readings, alone_s + think_s, 1 - seen)) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda limit: limit.users)
    unread_s = _unread_s(answered, share, readings, alone_s)
    return _prediction(profile[0].stage.tenants, found, alone_s, think_s, seen, unread_s)


def _prediction(
    tenants: int, found: Sequence[Limit], alone_s: float, think_s: float, seen: float, unread_s: float
) -> ProfilePrediction:
    """Of the limits that were read. Where a request spends time that nobody reads, as few as one at a time may."""
    first, probability, draws = earliest(found)
    low, middle, high = np.quantile(draws, (0.025, 0.5, 0.975)).tolist()
    sentence = f"predicted before the ramp: {first.id} at about {middle:.0f} users"
    one_at_a_time = (alone_s + think_s) / unread_s if unread_s > 0 else np.inf
    if one_at_a_time < low:
        low = one_at_a_time
        sentence += (
            f" ({low:.0f} to {high:.0f}); {1000 * unread_s:.0f} of the {1000 * alone_s:.0f} ms of a request are "
        )
        sentence += "spent where nothing is read, and what limits that may come first"
    else:
        sentence += f" ({low:.0f} to {high:.0f})"
    if seen < 1:
        sentence += f"; {1 - seen:.0%} of the requests are of tasks that the profile did not see"
    return ProfilePrediction(
        tenants=tenants,
        knee_users=Interval(middle, min(low, one_at_a_time), high),
        first=first.id,
        resource=first.resource,
        probability=round(probability, 2),
        limits=tuple(limit.predicted() for limit in found),
        alone_ms=1000 * alone_s,
        think_s=think_s,
        profiled=seen,
        sentence=sentence,
    )


def _unread_s(points: Sequence[Point], share: np.ndarray, readings: Readings, alone_s: float) -> float:
    """Seconds of a lone request of the mix in which no processor works for it and no connection of a pool is held.

    It waits for a service, a lock, a slow way; how many can do so at a time is not known. 0 where nobody looked.
    """
    read = []
    for metric, to_s in ((metrics.ROLE_CPU_S, 1.0), (metrics.POOL_USAGE_MS, 0.001)):
        used = [_of_target(metric, p, readings) for p in points]
        if all(value is not None for value in used):
            each = np.array(used, float) * to_s / np.array([p.requests for p in points])
            read.append(float(share @ each))
    return max(alone_s - max(read), 0.0) if read else 0.0


def _of_target(metric: Counter, point: Point, readings: Readings) -> float | None:
    """What a counter gained in a stage, without what we do ourselves; None where it was not read."""
    label = metric.labels[0]
    gains = readings.increases(metric, label, *point.window)
    return sum(gain for who, gain in gains.items() if who not in ("generator", "conductor")) if gains else None


def _limit(
    resource: ResourceName,
    points: Sequence[Point],
    share: np.ndarray,
    readings: Readings,
    cycle_s: float,
    unseen: float,
) -> Limit | None:
    cost = _work(points, share, readings) if resource == resources.WORKERS else _cost(resource, points, share, readings)
    if cost is None:
        return None
    seconds, spread = cost
    finding, full = RESOURCES[resource]
    if resource == resources.HOST_CPU:
        full -= min(float(np.median([background(p) for p in points])), 0.9)
        finding = host_finding(points)
    rps = full / seconds
    spread = float(np.sqrt(spread**2 + SPREADS.get(resource, SPREAD) ** 2 + unseen**2))
    return Limit(finding, resource, rps, rps * cycle_s, spread)


def _cost(
    resource: ResourceName, points: Sequence[Point], share: np.ndarray, readings: Readings
) -> tuple[float, float] | None:
    """Seconds of a resource for one request of the mix, and the spread of its logarithm by few requests and ticks.

    None where it was not read, or is too little for the clock to tell.
    """
    used = [used_seconds(p, resource) for p in points]
    if any(seconds is None for seconds in used):
        return None
    count = np.array([p.requests for p in points])
    each = np.array(used, float) / count
    processor = resource in SPREADS
    if resource == resources.APP_PROCESS:
        each = each / max(_processes(points, readings), 1.0)  # one user keeps one process busy, many keep all of them
    mean = float(share @ each) * (COMPANY if processor else 1.0)
    if mean <= 0:
        return None
    tick = TICK_S / count if processor else 0.0
    error = float(np.sqrt((share**2 * (SEVERAL**2 * each**2 / count + tick**2)).sum()))
    spread = error / float(share @ each)
    return (mean, spread) if spread < UNKNOWN else None


def _processes(points: Sequence[Point], readings: Readings) -> float:
    """Processes of the application that were there, as far as there are cores for them."""
    start, end = points[0].window[0], points[-1].window[1]
    count = sum(bool(len(s.within(start, end))) for s in readings.of(metrics.PROCESS_CPU_S, role="app"))
    return min(count, readings.mean(metrics.ROLE_CORES, start, end, role="app") or count)


def _work(points: Sequence[Point], share: np.ndarray, readings: Readings) -> tuple[float, float] | None:
    """Seconds of the workers for one request: jobs that were made and done, times what a job took, over the workers.

    Jobs are done after the task that made them: they are counted over the whole pass, whose mix the weights put right.
    """
    start, end = points[0].window[0], points[-1].window[1]
    done, worked = (readings.increase(name, start, end) for name in (metrics.QUEUE_COMPLETED, metrics.QUEUE_WORKING_S))
    workers = readings.mean(metrics.QUEUE_WORKERS, start, end)
    jobs = [_jobs(p, readings) for p in points]
    if not done or not worked or not workers or done < 5:
        return None
    mean = float(share @ np.array(jobs)) * worked / done / workers
    return (mean, 1 / float(np.sqrt(done))) if mean > 0 else None


def _jobs(point: Point, readings: Readings) -> float:
    """Jobs that one request of a task makes: what its stage finished and left."""
    done = readings.increase(metrics.QUEUE_COMPLETED, *point.window) or 0.0
    left = sum(float(v[-1] - v[0]) for s in readings.of(metrics.QUEUE_READY) if len(v := s.within(*point.window)))
    return max(done + left, 0.0) / point.requests


def checked(told: ProfilePrediction, level: LevelData, outcome: str, first: Finding | None) -> ProfilePrediction:
    """The prediction beside what the ramp found: whether the knee lies within its interval, and their ratio.

    `held` is None where the ramp cannot tell: a measurement at fault, or no knee up to a load that the interval covers.
    """
    users, seen = told.knee_users, _reached(level, first)
    tested = max((p.users for p in level.points if p.why_invalid is None), default=0)
    if outcome in UNTRUSTED or (seen is None and tested <= users.high):
        held = None
    else:
        held = seen is not None and users.low <= seen <= users.high
    named = None if first is None else first.id
    row = replace(
        told,
        seen_users=seen,
        tested_users=tested,
        seen_first=named,
        held=held,
        ratio=None if seen is None or held is None else users.value / seen,
        first_held=None if first is None or held is None else told.first in (first.id, *first.consequences),
    )
    return replace(row, verdict=_verdict(row))


def _reached(level: LevelData, first: Finding | None) -> float | None:
    """The load at which the first limit showed: the knee, or that of a queue which falls behind before it."""
    if first is not None and first.limit_users is not None:
        return first.limit_users
    return level.knee.value


def _verdict(told: ProfilePrediction) -> str:
    users = told.knee_users
    said = f"Before the ramp {told.first} was predicted at about {users.value:.0f} users"
    said += f" ({users.low:.0f} to {users.high:.0f})"
    if told.held is None:
        return f"{said}; the ramp cannot tell, it went to {told.tested_users} users without a limit to be trusted."
    if told.seen_users is None:
        return f"{said}; none was reached up to {told.tested_users} users, so that was wrong."
    inside = "within" if told.held else "outside"
    said += f"; the ramp found the limit at {told.seen_users:.0f}, {inside} that (predicted over found: "
    said += f"{told.ratio:.2f})"
    if told.seen_first not in (None, told.first):
        said += f", and it was {told.seen_first}"
        said += f", which {told.first} is a symptom of" if told.first_held else ""
    return said + "."
