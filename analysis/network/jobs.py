"""Jobs as a class of their own: the workers of each queue, where it stopped following the users."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.level.level_data import LevelData
from analysis.network.server import RETRIED, UNKNOWN, Network, Parts, Server, unseen
from analysis.stages.operating_point import Point
from analysis.stages.queue_backlog import behind
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.printable import clean

JOBS = Threshold("JOBS", 10, "jobs done", "judged: fewer say nothing of how long one takes")


def of_queues(level: LevelData, requests: Network) -> dict[str, Network]:
    """By finding resource, the workers of each queue that fell behind.

    As of a connection, the time that a job holds a worker is that at low load: what it waits more at the limit it waits
    for something else, whose limit is reached at the same load.
    """
    alone_s = requests.alone_ms / 1000
    found = {}
    for queue, knee in level.queue_knees.items():
        grew = [p for p in level.points if behind(p.queues.get(queue))]
        if knee.value is not None and grew and alone_s > 0:
            now = knee.value / alone_s
            count = level.readings.mean(metrics.QUEUE_WORKERS, *grew[-1].window, queue=queue) or 1.0
            longer = _longer(level, queue, grew)
            workers = Server(resources.WORKERS, count, count / now / longer, 0.0, 1.0, _parts(level, queue, grew))
            servers = (workers, unseen(now)) if longer > 1 and _at_once(level, knee.high) else (workers,)
            found[f"queue {clean(queue)}"] = Network(
                tuple(sorted(servers, key=lambda one: one.limit_rps)), requests.parts_ms, requests.think_ms, now,
                knee.value,
            )  # fmt: skip
    return found


def _longer(level: LevelData, queue: str, grew: Sequence[Point]) -> float:
    """How many times as long a job holds a worker at the limit as at low load; 1 where too few jobs tell."""
    low, high = (job_ms(level, queue, points) for points in (level.low, grew))
    return max(high / low, 1.0) if low and high else 1.0


def job_ms(level: LevelData, queue: str, points: Sequence[Point]) -> float | None:
    """How long a worker is at one job, ms; None where too few were done, or it was not read."""
    worked = level.total(metrics.QUEUE_WORKING_S, points, queue=queue)
    done = level.total(metrics.QUEUE_COMPLETED, points, queue=queue)
    return 1000 * worked / done if worked is not None and done is not None and done >= JOBS else None


def _at_once(level: LevelData, jobs_high: float | None) -> bool:
    """Whether requests may have reached a limit at the load at which the jobs did."""
    return level.knee.low is not None and jobs_high is not None and level.knee.low <= jobs_high


def _parts(level: LevelData, queue: str, grew: Sequence[Point]) -> Parts:
    """The share of the runs that is spent on jobs that came back. One that failed for good took its one run anyway."""
    again, done = came_back(level, queue, grew), level.total(metrics.QUEUE_COMPLETED, grew, queue=queue) or 0.0
    failed = level.total(metrics.QUEUE_RETRIED, grew, queue=queue) or 0.0
    share = again / (done + failed) if done + failed > 0 else 0.0
    return {RETRIED: share, UNKNOWN: 1 - share}


def came_back(level: LevelData, queue: str, points: Sequence[Point]) -> float:
    """Runs over some stages that failed and whose job ran again."""
    kept = sum(
        float(v[-1] - v[0])
        for p in points
        for s in level.readings.of(metrics.QUEUE_FAILED, queue=queue)
        if len(v := s.within(*p.window))
    )
    return max((level.total(metrics.QUEUE_RETRIED, points, queue=queue) or 0.0) - max(kept, 0.0), 0.0)
