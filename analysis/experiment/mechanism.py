"""What a remedy must do to the mechanism itself, by finding: which number, and how far it has to fall.

A knee that moves while this does not was moved by something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.detectors._found import every_detector
from analysis.detectors._sign import Sign
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart import resources
from rampart.model import Counter, Gauge
from rampart.tables import SPANS


@dataclass(frozen=True, slots=True)
class ExperimentData:
    """All that was recorded of the experiment, and the statements that the finding is about."""

    requests: Requests
    readings: Readings
    statements: frozenset[str]  # ids of what the finding's endpoint sends; empty: not known, then all are counted
    named: frozenset[str]  # ids of the statement that the finding names


def signs(name: str) -> Sequence[Sign]:
    """The signs of a finding by its id; none where no detector knows any."""
    detector = every_detector().get(name)
    return detector.signs if detector else ()


def resolved(sign: Sign, resource: str) -> Sign:
    """The sign with the finding's table and resource put in."""
    words = {"table": resource.split(" (")[0], "resource": resource}
    labels = {name: value.format(**words) for name, value in sign.labels.items()}
    return replace(sign, span=sign.span.format(**words), says=sign.says.format(**words), labels=labels)


def measure(sign: Sign, seen: ExperimentData, point: Point) -> float | None:
    """The number in one stage, per request where it is a counter; None where it was not read."""
    readings, window, per = seen.readings, point.window, 1.0 / max(point.requests, 1)
    if sign.kind == "failed":
        return point.error_ratio
    if sign.kind == "span":
        return _span(sign.span, seen.requests, point)
    if sign.kind == "growth":
        return sum(max(queue["slope_per_s"], 0.0) for queue in point.queues.values()) if point.queues else None
    if sign.kind == "busiest":
        busiest = point.utilisation.get(resources.APP_PROCESS)
        return None if busiest is None else busiest * point.seconds * per
    if isinstance(sign.metric, Gauge):
        return _of_gauge(sign, sign.metric, readings, window, per)
    return _of_counter(sign, sign.metric, seen, window, per) if isinstance(sign.metric, Counter) else None


def _of_gauge(sign: Sign, gauge: Gauge, readings: Readings, window: tuple[float, float], per: float) -> float | None:
    if sign.kind == "level":
        # A series is read only while there is something to count.
        return (readings.mean(gauge, *window, **sign.labels) or 0.0) if readings.of(gauge) else None
    steps = [np.diff(s.within(*window)) for s in readings.of(gauge, **sign.labels)]
    # Where a process was killed the level falls; what it rose by until then counts.
    return sum(float(step[step > 0].sum()) for step in steps) * per if any(map(len, steps)) else None


def _of_counter(
    sign: Sign, counter: Counter, seen: ExperimentData, window: tuple[float, float], per: float
) -> float | None:
    if sign.kind in ("statement", "statements"):
        gains = seen.readings.increases(counter, "statement", *window)
        wanted = seen.named if sign.kind == "statement" else seen.statements or frozenset(gains)
        return sum(gain for key, gain in gains.items() if key in wanted) * per if gains else None
    gain = seen.readings.increase(counter, *window, **sign.labels)
    if gain is None and sign.ends and _ended(sign, counter, seen.readings, window):
        return 0.0
    return None if gain is None else gain * per


def _ended(sign: Sign, counter: Counter, readings: Readings, window: tuple[float, float]) -> bool:
    """Whether a counter that was seen in other stages is not there, while others of its name are."""
    wanted = readings.of(counter, **sign.labels)
    here = [s for s in readings.of(counter) if len(s.within(*window))]
    return bool(wanted and here) and not any(len(s.within(*window)) for s in wanted)


def _span(name: str, requests: Requests, point: Point) -> float | None:
    """Milliseconds per request; None where the name is no span, or nobody ever sent it."""
    if name not in SPANS or not requests.span_count[:, :, SPANS.index(name)].any():
        return None
    return float(np.sum(requests.span_ms[point.index, :, SPANS.index(name)])) / max(point.requests, 1)
