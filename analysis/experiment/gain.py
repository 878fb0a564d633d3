"""How much more is done at equal load once a remedy is applied: mended over unmended, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit  # Student's t; scipy.stats has it too, at a second of import

from analysis.knee.ramp_windows import steady_think, windows
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.record.requests import Requests
from analysis.stages import operating_point, validity
from analysis.stages.operating_point import Point
from rampart.model import JSON
from rampart.runs import Run

UNMENDED, MENDED = "unmended", "mended"  # purposes of the stages
NOTHING = "The experiment says nothing: too few of its stages can be trusted."
TRIAL = "trial"  # of the one before the experiment, which shows whether its loads are high enough
# Standard deviation of ln X between repeats, known beforehand with so many degrees of freedom. Judged: as much
# as the simulated ramps of docs/method.md have.
_DRIFT, _DRIFT_WEIGHT = 0.03, 2


@dataclass(frozen=True, slots=True)
class Measured:
    """What an experiment measured, its trial left out."""

    requests: Requests
    readings: Readings
    seen: list[Point]
    valid: list[Point]  # of them those that can be trusted

    @classmethod
    def of(cls, recorded: Run) -> Measured:
        stages = [stage for stage in recorded.stages() if stage.purpose != TRIAL]
        readings, requests = Readings(recorded.readings()), requests_of(recorded, stages)
        known = operating_point.operating_points(requests, readings)
        # Each state is a system of its own: that less is done in another contradicts no stage, it is what is asked.
        of_state = [[p for p in known if p.stage.purpose == state] for state in {stage.purpose for stage in stages}]
        judged = (p for same in of_state for p in validity.judge(same, requests, readings))
        seen = sorted(judged, key=lambda p: p.index)
        return cls(requests, readings, seen, [p for p in seen if p.why_invalid is None and operating_point.enough(p)])


@dataclass(frozen=True, slots=True)
class Rate:
    """A stage's work per second, as a logarithm."""

    point: Point
    log: float


def request_rates(valid: Sequence[Point], requests: Requests) -> list[Rate]:
    """N/(R+Z) where the think time is known, else completions: as for the knee."""
    think = steady_think(valid)
    found = []
    for point in valid:
        rate = float(np.nanmean(windows(point, requests, think).throughput_rps))
        if math.isfinite(rate) and rate > 0:
            found.append(Rate(point, math.log(rate)))
    return found


def job_rates(valid: Sequence[Point]) -> list[Rate]:
    done = [(p, sum(q["completed_per_s"] for q in p.queues.values())) for p in valid if p.queues]
    return [Rate(point, math.log(rate)) for point, rate in done if math.isfinite(rate) and rate > 0]


def gain(rates: Sequence[Rate], changed: str = MENDED, unchanged: str = UNMENDED) -> JSON | None:
    """`changed` over `unchanged` at equal users: geometric means over the loads, the ratio with its 95 % interval.

    The spread between repeats of one load and state is the noise; its variance is pooled with what is known of it
    beforehand, for two repeats alone say little. None where no load has both states, and where none was repeated in
    either: then nobody has measured how much repeats differ here.
    """
    groups: dict[tuple[int, str], list[float]] = {}
    for rate in rates:
        groups.setdefault((rate.point.users, rate.point.stage.purpose), []).append(rate.log)
    loads = sorted({users for users, _ in groups if (users, changed) in groups and (users, unchanged) in groups})
    if not loads:
        return None
    used = [groups[users, state] for users in loads for state in (changed, unchanged)]
    steps = [float(np.mean(groups[users, changed]) - np.mean(groups[users, unchanged])) for users in loads]
    free = sum(len(group) - 1 for group in used)
    if free == 0:
        return None
    spread = sum(float(np.sum((np.array(group) - np.mean(group)) ** 2)) for group in used)
    variance = (_DRIFT_WEIGHT * _DRIFT**2 + spread) / (_DRIFT_WEIGHT + free)
    error = math.sqrt(variance * sum(1 / len(group) for group in used)) / len(loads)
    half = float(stdtrit(_DRIFT_WEIGHT + free, 0.975)) * error
    middle = float(np.mean(steps))
    values = {"value": math.exp(middle), "low": math.exp(middle - half), "high": math.exp(middle + half)}
    # Every load counts alike, however many of its stages can be trusted: so the two stand in the ratio that is told.
    done = {state: math.exp(np.mean([np.mean(groups[n, state]) for n in loads])) for state in (unchanged, changed)}
    return {**values, "noise": math.sqrt(variance), "users": loads, **done}


def describe(ratio: JSON, changed: str = MENDED, work: str = "requests") -> str:
    """`at 57 and 75 users 43.4 requests/s instead of 39.1 (×1.11, 1.06 to 1.16)`, of what `gain` gives."""
    return (
        f"at {' and '.join(map(str, ratio['users']))} users {ratio[changed]:.3g} {work}/s instead of "
        f"{ratio[UNMENDED]:.3g} (×{ratio['value']:.2f}, {ratio['low']:.2f} to {ratio['high']:.2f})"
    )
