"""Jobs arrive faster than the workers finish them: the queue grows while HTTP latency may be fine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, span, supported
from analysis.detectors._relief import lifts
from analysis.detectors._room import on_this_host
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.jobs import JOBS, job_ms
from analysis.stages.operating_point import Point
from analysis.stages.queue_backlog import behind
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

JOBS_SLOWED = Threshold(
    "JOBS_SLOWED", 2.0, "times as long a job as at low load",
    "measured on the lab: 5.7 times behind a lock that requests hold too, 0.9 times where workers alone were too "
    "few",
)  # fmt: skip
UTILISATION_WANTED = Threshold("UTILISATION_WANTED", 0.7, "of the workers, to advise", "judged: so that a burst drains")
BUSY = Threshold("BUSY", 0.8, "of the workers", "judged: they cannot keep up")


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    for queue, knee in level.queue_knees.items():
        grew = [p for p in level.points if behind(p.queues.get(queue))]
        if knee.value is None or not grew:
            continue
        worst = max(grew, key=lambda p: p.queues[queue]["slope_per_s"])
        seen = worst.queues[queue]
        count = level.readings.mean(metrics.QUEUE_WORKERS, *worst.window, queue=queue)
        longer = _longer(level, queue, grew)
        evidence = [_growth(queue, worst.users, seen), *_workers(level, queue, grew[0].window), *longer]
        rate = knee.max_throughput_rps
        remedy = Remedy(_advice(queue, rate, count, level, knee.value, slowed=bool(longer)))
        return supported(
            "workers", "queue", level, 1.0, evidence, remedy, resource=f"queue {queue}", limit_users=knee.value
        )
    return None


def _growth(queue: str, users: int, seen: dict[str, float]) -> Evidence:
    return Evidence(
        f"at {users} users the queue {queue} grows by {seen['slope_per_s']:.3g} jobs a second while "
        f"{seen['completed_per_s']:.3g} a second are finished; the oldest waits {seen['oldest_age_s']:.1f} s",
        seen["slope_per_s"],
        f"> {thresholds.QUEUE_GROWTH:.0%} of what arrives",
        "readings-rq queue.ready, queue.completed",
    )


def _workers(level: LevelData, queue: str, window: tuple[float, float]) -> list[Evidence]:
    busy = level.readings.mean(metrics.QUEUE_WORKERS_BUSY, *window, queue=queue)
    count = level.readings.mean(metrics.QUEUE_WORKERS, *window, queue=queue)
    if busy is None or not count:
        return []
    share, held = busy / count, _never_empty(level, queue, window)
    return [
        Evidence(
            f"{busy:.2g} of {count:.0f} workers are busy while it grows, and jobs are ready at {held:.0%} of all looks",
            share,
            f">= {BUSY:.0%}, or jobs always ready while some are finished: they cannot keep up",
            "readings-rq queue.workers_busy / queue.workers, queue.ready, queue.completed",
            holds=share >= BUSY or held == 1.0,
        )
    ]


def _never_empty(level: LevelData, queue: str, window: tuple[float, float]) -> float:
    """At what share of the looks jobs are ready while jobs are finished: between two a worker has things to do as well.

    0 where none is finished: such workers are halted or lost, and more of them would be too.
    """
    looks = level.readings.looks(metrics.QUEUE_READY, *window, queue=queue)
    done = level.readings.increase(metrics.QUEUE_COMPLETED, *window, queue=queue)
    return float(np.mean(looks >= 1)) if len(looks) and done else 0.0


def _longer(level: LevelData, queue: str, grew: Sequence[Point]) -> list[Evidence]:
    """That a job takes a worker longer while the queue grows; nothing where it does not."""
    low, high = (job_ms(level, queue, points) for points in (level.low, grew))
    if low is None or high is None or high < JOBS_SLOWED * low:
        return []
    return [
        Evidence(
            f"a job takes a worker {span(low, high, 'ms')}: what it waits for or computes with is short as well",
            high / low,
            f">= {JOBS_SLOWED:g} times as long: whatever else is at its limit here comes first",
            "readings-rq queue.working_s / queue.completed",
        )
    ]


def _advice(
    queue: str, rate: float | None, count: float | None, level: LevelData, users: float, *, slowed: bool
) -> str:
    if slowed:
        return (
            f"See first what the jobs on {queue} wait for: each takes longer than at low load, and more workers would "
            "wait for it too."
        )
    where = "" if on_this_host(level)[0] else " on another machine, for this one is full"
    text = (
        f"Run more workers on {queue}{where}; they scale apart from the web servers, and their jobs must be safe to "
        "run twice."
    )
    if rate and count:
        top = max(p.users for p in level.points)
        wanted = top / users * count / UTILISATION_WANTED
        text += f" {count:.0f} finish {rate:.3g} jobs a second; {top} users need about {wanted:.0f}."
    return text


DETECTOR = Detector(
    "workers", "queue", "Jobs arrive faster than workers finish them.", _detect,
    thresholds=(JOBS_SLOWED, UTILISATION_WANTED, BUSY, JOBS, thresholds.QUEUE_GROWTH),
    relief=lifts(resources.WORKERS),
    headline="too few workers on the {resource}",
    measures=Measures.JOBS,
    saturates=(resources.WORKERS,),
    effect="from {jobs_knee} on jobs pile up faster than they are finished",
    signs=(Sign("growth", metrics.QUEUE_READY, "growth of the queue"),),
    limits={resources.WORKERS: 1.0},
)  # fmt: skip
