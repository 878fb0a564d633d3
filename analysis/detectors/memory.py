"""Memory grows with every request that is answered, or the machine has so little left that everything waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, supported
from analysis.detectors._relief import lifts
from analysis.detectors._sign import THIRD_OFF, Sign
from analysis.level.level_data import LevelData
from analysis.level.lost_throughput import errors_of_lost
from analysis.record.readings import Series
from analysis.stages.operating_point import Point
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

LEAK_BYTES = Threshold(
    "LEAK_BYTES", 1_000, "bytes of resident memory per request", "judged: a million requests are a gigabyte"
)
LEAK_REQUESTS = Threshold(
    "LEAK_REQUESTS", 10_000, "requests over which it must grow", "judged: pools and caches are full by then"
)
MOSTLY = Threshold(
    "MOSTLY", 0.8, "of the later stages, or of the lives of a process, in which memory grows",
    "judged: the rest may see something else",
)  # fmt: skip
FALL = Threshold(
    "FALL", 0.1, "of a role's memory, at once",
    "measured on the lab: 0.24 where one process ended and another was loaded at once",
)  # fmt: skip
ALIKE = Threshold(
    "ALIKE", 0.2, "of the most that was held, by which amounts differ",
    "judged: closer ones are one limit, read once a second",
)  # fmt: skip
ANEW_S = Threshold(
    "ANEW_S", 10.0, "s between a fall of memory and another process", "derived: processes are looked for every 5 s"
)
LOADING_S = Threshold(
    "LOADING_S", 4.0, "s in which a new process loads its code and fills its pools", "measured on the lab"
)
LIVES = Threshold("LIVES", 2, "lives of a role's processes that ended alike", "derived: one is like nothing else")
READINGS = Threshold(
    "READINGS", 5, "readings of a life after that",
    "judged: growth cannot be told from fewer; under load a process may live for seconds",
)  # fmt: skip

# Databases and caches fill the memory that they were given; these have no reason to.
_ROLES = ("app", "worker")


@dataclass(frozen=True, slots=True)
class _Growth:
    """How one role's resident memory grows."""

    role: str
    bytes_per_request: float
    growing: float  # share of the stages, or of the lives of a process
    when: str
    lasting: bool = True  # False: it ends before the machine has nothing left
    from_users: float | None = None  # the least load at which it ended


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    killed = next((found for role in _ROLES if (found := _killed(level, role)) is not None), None)
    growths = [killed[0]] if killed else [g for role in _ROLES if (g := _growth(level, role)) is not None]
    worst = max(growths, key=lambda g: g.bytes_per_request, default=None)
    pressed = _pressure(level)
    if worst is None and pressed is None:
        return None
    share = attribution.share(attribution.unexplained + attribution.app) if pressed is not None else 0.0
    if killed is not None:
        share = max(share, errors_of_lost(level))
    told = [_growth_evidence(level, worst)] if worst is not None else []
    evidence = [*([killed[1]] if killed is not None else []), *([pressed] if pressed is not None else []), *told]
    remedy = Remedy(
        "Compare two snapshots of the heap (tracemalloc, memray) a thousand requests apart; bound every cache in the "
        "process, stream large answers, and recycle workers after some thousand requests as a stop-gap."
    )
    return supported(
        "memory", "app", level, share, evidence, remedy,
        resource=f"memory of the role {worst.role}" if worst is not None else "memory of the machine",
        limit_users=killed[0].from_users if killed is not None and level.knee.value is None else None,
        reached=pressed is not None or killed is not None,
    )  # fmt: skip


def _growth(level: LevelData, role: str) -> _Growth | None:
    """From the later half of the ramp, so that a first filling of caches and pools is over; None: it does not grow."""
    in_time = sorted((p for p in level.points if p.requests), key=lambda p: p.window[0])
    later = in_time[len(in_time) // 2 :]
    per_request, requests = [], 0
    for point in later:
        for series in level.readings.of(metrics.ROLE_RSS_BYTES, role=role):
            inside = (series.at >= point.window[0]) & (series.at <= point.window[1])
            if inside.sum() >= 5:
                slope = float(np.polyfit(series.at[inside] - point.window[0], series.value[inside], 1)[0])
                per_request.append(slope * point.seconds / point.requests)
                requests += point.requests
    if len(per_request) < 2 or requests < LEAK_REQUESTS:
        return None
    return _grown(role, per_request, "at constant load, in {share} of the later stages")


def _grown(role: str, per_request: Sequence[float], when: str) -> _Growth | None:
    growing = sum(b >= LEAK_BYTES for b in per_request) / max(len(per_request), 1)
    return _Growth(role, float(np.median(per_request)), growing, when) if growing >= MOSTLY else None


def _killed(level: LevelData, role: str) -> tuple[_Growth, Evidence] | None:
    """That its processes grow until they hold so much, end, and are begun anew; None: they do not."""
    lives = _lives(level, role)
    measured = [life.bytes_per_request for life in lives if life.bytes_per_request is not None]
    growth = _grown(role, measured, "from its begin to its end, {share} of the times")
    at_the_knee = sum(any(p.stage.started_at <= life.ended_at <= p.window[1] for p in level.high) for life in lives)
    held = [life.held_bytes for life in lives]
    if len(held) < LIVES or not at_the_knee or growth is None or min(held) < (1 - ALIKE) * max(held):
        return None
    return replace(growth, lasting=False, from_users=_least_load(level, lives)), Evidence(
        f"{len(held)} times a process of the role {role} ended and was begun anew, {at_the_knee} of them at the knee, "
        f"each time that the role held {min(held) / 1e6:,.0f} to {max(held) / 1e6:,.0f} MB",
        len(held),
        f">= {LIVES:.0f}, at amounts within {ALIKE:.0%} of each other: a limit",
        "readings-processes role.rss_bytes, process.cpu_s",
    )


def _least_load(level: LevelData, lives: Sequence[_Life]) -> float | None:
    ended = [p.users for life in lives for p in level.points if p.stage.started_at <= life.ended_at <= p.window[1]]
    return float(min(ended)) if ended else None


@dataclass(frozen=True, slots=True)
class _Life:
    """A process from when it has been loaded until it ends and another is begun."""

    ended_at: float
    held_bytes: float  # by its whole role, at the end
    bytes_per_request: float | None  # None: it lived too short for that


def _lives(level: LevelData, role: str) -> list[_Life]:
    """Those within the ramp whose end shows in the memory of the role, which falls at once."""
    series_of = level.readings.of(metrics.PROCESS_CPU_S, role=role)
    changes = [(float(s.at[0]), float(s.at[-1])) for s in series_of]
    ramp = [p for p in level.points if p.requests]
    found = []
    for series in level.readings.of(metrics.ROLE_RSS_BYTES, role=role) if ramp else ():
        begin = int(np.searchsorted(series.at, min(p.stage.started_at for p in ramp)))
        for end in (np.flatnonzero(series.value[1:] < (1 - FALL) * series.value[:-1]) + 1).tolist():
            at = float(series.at[end])
            # A process that gives memory back lives on; one that ends for good is not begun anew.
            anew = [begun for begun, _ in changes if abs(begun - at) < ANEW_S]
            if anew and any(abs(ended - at) < ANEW_S for _, ended in changes):
                grown = _per_request(series, begin, end - 1, ramp) if end - begin >= READINGS else None
                found.append(_Life(at, float(series.value[end - 1]), grown))
            begin = int(np.searchsorted(series.at, at + LOADING_S))
    return found


def _per_request(series: Series, first: int, last: int, ramp: Sequence[Point]) -> float:
    """What memory grew by between two readings, by about as many requests as the stages' rates tell of."""
    start, end = float(series.at[first]), float(series.at[last])
    overlap = [(p, max(min(end, p.window[1]) - max(start, p.stage.started_at), 0.0)) for p in ramp]
    requests = sum(p.requests / p.seconds * seconds for p, seconds in overlap)
    return float(series.value[last] - series.value[first]) / max(requests, 1.0)


def _growth_evidence(level: LevelData, growth: _Growth) -> Evidence:
    free = [v for p in level.high if (v := level.readings.mean(metrics.HOST_MEMORY_AVAILABLE_BYTES, *p.window))]
    free = free if growth.lasting else []
    rate = growth.bytes_per_request * level.rps(level.high)
    left = f"; what is left would last {free[-1] / rate / 60:,.0f} minutes at the knee" if free else ""
    return Evidence(
        f"the memory of the role {growth.role} grows by {growth.bytes_per_request / 1000:,.3g} kB a request "
        f"{growth.when.format(share=f'{growth.growing:.0%}')}{left}",
        growth.bytes_per_request,
        f">= {LEAK_BYTES:.0f} bytes a request, over {LEAK_REQUESTS:.0f} requests or until it is killed",
        "readings-processes role.rss_bytes",
    )


def _pressure(level: LevelData) -> Evidence | None:
    """That tasks wait for memory; None: they do not, or it is not read."""
    stalled = level.stalled(metrics.HOST_MEMORY_PRESSURE_S)
    if stalled is None or stalled < thresholds.PRESSURE:
        return None
    return Evidence(
        f"some task waits for memory {stalled:.0%} of the time at the knee",
        stalled,
        f">= {thresholds.PRESSURE:.0%}",
        "readings-host host.memory_pressure_s",
    )


DETECTOR = Detector(
    "memory", "app", "Memory grows with each request, or runs out.", _detect,
    thresholds=(LEAK_BYTES, LEAK_REQUESTS, MOSTLY, FALL, ALIKE, ANEW_S, LOADING_S, READINGS, LIVES,
                thresholds.PRESSURE),
    headline="memory that runs out ({resource})",
    measures=Measures.OTHER,
    effect="from {limit} users on processes reach their memory limit and are restarted",
    effect_only_without_knee=True,
    relief=lifts(resources.UNSEEN),
    signs=(
        Sign("rises", metrics.ROLE_RSS_BYTES, "growth of the application's memory", labels={"role": "app"}),
        Sign("level", metrics.ROLE_RSS_BYTES, "memory of the application", THIRD_OFF, {"role": "app"}),
    ),
)  # fmt: skip
