"""Jobs arrive faster than the workers finish them: the queue grows while HTTP latency may be fine."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.blame import Blame
from analysis.case import Case, behind
from analysis.detectors._detector import Claims, Detector, supported
from rampart.model import Evidence, Finding, Remedy

_UTILISATION_WANTED = 0.7  # of the workers, so that a burst drains [probes 14.20]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    for queue, knee in case.queue_knees.items():
        grew = [p for p in case.points if behind(p, queue)]
        if knee.value is None or not grew:
            continue
        worst = max(grew, key=lambda p: p.queues[queue]["slope_per_s"])
        seen = worst.queues[queue]
        count = case.readings.mean("queue.workers", *worst.window, queue=queue)
        evidence = [_growth(queue, worst.users, seen), *_workers(case, queue, grew[0].window)]
        rate = knee.max_throughput_rps
        remedy = Remedy(_advice(queue, rate, count, case, knee.value))
        return supported(
            "workers", "queue", case, 1.0, evidence, remedy, resource=f"queue {queue}", limit_users=knee.value
        )
    return None


def _growth(queue: str, users: int, seen: dict[str, float]) -> Evidence:
    return Evidence(
        f"at {users} users the queue {queue} grows by {seen['slope_per_s']:.3g} jobs a second while "
        f"{seen['completed_per_s']:.3g} a second are finished; the oldest waits {seen['oldest_age_s']:.1f} s",
        seen["slope_per_s"],
        f"> {limits.QUEUE_GROWTH:.0%} of what arrives",
        "readings-rq queue.ready, queue.completed",
    )


def _workers(case: Case, queue: str, window: tuple[float, float]) -> list[Evidence]:
    busy = case.readings.mean("queue.workers_busy", *window, queue=queue)
    count = case.readings.mean("queue.workers", *window, queue=queue)
    if busy is None or not count:
        return []
    share = busy / count
    return [
        Evidence(
            f"{busy:.2g} of {count:.0f} workers are busy while it grows",
            share,
            ">= 80%: they cannot keep up",
            "readings-rq queue.workers_busy / queue.workers",
            holds=share >= 0.8,
        )
    ]


def _advice(queue: str, rate: float | None, count: float | None, case: Case, users: float) -> str:
    text = (
        f"Run more workers on {queue}; they scale apart from the web servers, and their jobs must be safe to run twice."
    )
    if rate and count:
        top = max(p.users for p in case.points)
        wanted = top / users * count / _UTILISATION_WANTED
        text += f" {count:.0f} finish {rate:.3g} jobs a second; {top} users need about {wanted:.0f}."
    return text


DETECTOR = Detector("workers", "queue", "Jobs arrive faster than workers finish them.", _detect)
