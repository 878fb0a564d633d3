"""Workers are kept busy by jobs that fail and come back; without them they would keep up."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, supported
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.jobs import came_back
from analysis.network.server import RETRIED, Relief
from analysis.stages.operating_point import Point
from analysis.stages.queue_backlog import behind
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy

RETRIES = Threshold("RETRIES", 0.2, "failed or repeated jobs per job done", "judged: a few fail in any system")


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    found = [f for queue in sorted({q for p in level.points for q in p.queues}) if (f := _of_queue(level, queue))]
    return max(found, key=lambda f: (f.limit_users is not None, f.share), default=None)


def _of_queue(level: LevelData, queue: str) -> Finding | None:
    grew = [p for p in level.points if behind(p.queues.get(queue))]
    points = grew or level.high
    retried, completed = metrics.QUEUE_RETRIED, metrics.QUEUE_COMPLETED
    failed, done = (level.total(metric, points, queue=queue) for metric in (retried, completed))
    if failed is None or done is None or failed < RETRIES * max(done, 1.0):
        return None
    knee = level.queue_knees.get(queue)
    reached = bool(grew) and knee is not None and knee.value is not None
    evidence = [
        Evidence(
            f"{failed:,.0f} runs of jobs on {queue} failed for {done:,.0f} that were done",
            failed / max(done, 1.0),
            f">= {RETRIES:.0%} of those done",
            "readings-rq queue.retried / queue.completed",
        ),
        *([_spare(level, queue, grew)] if reached else []),
    ]
    remedy = Remedy(
        f"Find out why the jobs on {queue} fail before adding workers, which would only fail faster: give each job few "
        "attempts with growing pauses and some jitter, then set it aside for people to look at."
    )
    return supported(
        "queue-retries", "queue", level, 1.0 if reached else 0.0, evidence, remedy, resource=f"queue {queue}",
        limit_users=knee.value if knee is not None else None, reached=reached,
    )  # fmt: skip


def _spare(level: LevelData, queue: str, grew: Sequence[Point]) -> Evidence:
    """Whether the runs that were for nothing are as many as the jobs that piled up.

    A job that failed for good would have taken its one run in any case; only those that came back are counted.
    """
    piled = sum(p.queues[queue]["slope_per_s"] * p.seconds for p in grew)
    again = came_back(level, queue, grew)
    return Evidence(
        f"while {piled:,.0f} jobs piled up, {again:,.0f} runs were spent on jobs that came back",
        again,
        "as many as piled up: without them the workers would keep up",
        "readings-rq queue.retried, queue.failed, queue.ready",
        holds=again >= piled,
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """No job runs again."""
    return Relief({RETRIED: 1.0})


DETECTOR = Detector(
    "queue-retries", "queue", "Workers are busy with jobs that fail and come back.", _detect,
    thresholds=(RETRIES,),
    relief=_relief,
    headline="jobs that fail and come back on the {resource}",
    measures=Measures.JOBS,
    effect="from {jobs_knee} on jobs pile up faster than they are finished",
    signs=(Sign("per request", metrics.QUEUE_RETRIED, "jobs that fail or run again"),),
    seldom_s=24.0,  # few jobs fail for ever where they begin to pile up
)  # fmt: skip
