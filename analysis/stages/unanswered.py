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

_ALL = 0.9  # of a stage: its edges fall into tenths of a second, and a beat of the generator may lie on them


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
    """Whether users waited in vain: all through the stage, or for as long as tells a target that hangs."""
    waiting = (readings.mean(metrics.GENERATOR_IN_FLIGHT, pause.began_at, pause.ended_at) or 0.0) > 0
    if pause.seconds >= _ALL * point.seconds:
        sent = int(requests.sent[point.index].sum()) if requests.sent.size else 0  # and they ended after the stage
        return waiting or sent >= thresholds.UNANSWERED_DUE
    return waiting and pause.seconds >= hung_after_s(requests.slowest_s(before=point.index))


def hung_after_s(slowest_s: float) -> float:
    """For how long requests are in flight and none ends before the target hangs; `slowest_s`: its slowest answer."""
    return max(float(thresholds.HUNG_S), thresholds.HUNG_TIMES * slowest_s)
