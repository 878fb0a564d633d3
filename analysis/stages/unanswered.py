"""Did the target answer throughout a stage? A process that is started again, a lock that nobody releases or a full disk
shows as seconds in which requests are sent and nobody is answered, and the rest of the stage may look well.
"""

from __future__ import annotations

from analysis import thresholds
from analysis.record.answer_times import Pause
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart import metrics


def unanswered(point: Point, requests: Requests, readings: Readings) -> Pause | None:
    """The longest time within a stage in which the target answered nobody; None where it answered throughout.

    Where few requests are due, a time without an answer is chance: it counts if the rest of the stage lets expect
    enough answers in it, or if users were seen to wait all the while.
    """
    start, end = point.window
    pause = requests.answer_times.longest_pause(start, end)
    if pause.seconds < thresholds.UNANSWERED_S:
        return None
    rest_s = point.seconds - pause.seconds
    due = requests.answer_times.between(start, end) / rest_s * pause.seconds if rest_s > 0 else 0.0
    if due >= thresholds.UNANSWERED_DUE or _waited_for(pause, point, requests, readings):
        return pause
    return None


def _waited_for(pause: Pause, point: Point, requests: Requests, readings: Readings) -> bool:
    """Whether users waited for answers for too long, as the generator saw, or what they sent ended after the stage."""
    nobody = pause.seconds >= 0.9 * point.seconds
    if nobody and requests.sent.size and requests.sent[point.index].sum() >= thresholds.UNANSWERED_DUE:
        return True
    waiting = readings.mean(metrics.GENERATOR_IN_FLIGHT, pause.began_at, pause.ended_at) or 0.0
    return waiting > 0 and pause.seconds >= hung_after_s(requests.slowest_s(before=point.index))


def hung_after_s(slowest_s: float) -> float:
    """For how long requests are in flight and none ends before the target hangs; `slowest_s`: its slowest answer."""
    return max(float(thresholds.HUNG_S), thresholds.HUNG_TIMES * slowest_s)
