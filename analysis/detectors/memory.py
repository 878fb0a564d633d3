"""Memory grows with every request that is answered, or the machine has so little left that everything waits for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import thresholds as limits
from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, supported
from rampart.model import Evidence, Finding, Remedy

# Databases and caches fill the memory that they were given; these have no reason to.
_ROLES = ("app", "worker")
_MOSTLY = 0.8  # of the later stages in which memory grows, if it is a leak [judged]


@dataclass(frozen=True, slots=True)
class _Growth:
    """How one role's resident memory grows within stages of constant load."""

    role: str
    bytes_per_request: float
    bytes_per_s: float  # at the load of the high stages
    requests: int
    growing: float  # share of the stages


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    growths = [g for role in _ROLES if (g := _growth(case, role)) is not None]
    worst = max(growths, key=lambda g: g.bytes_per_request, default=None)
    pressed = _pressure(case)
    if worst is None and pressed is None:
        return None
    share = blame.share(blame.unexplained + blame.app) if pressed is not None else 0.0
    evidence = [*([pressed] if pressed is not None else []), *([_told(case, worst)] if worst is not None else [])]
    remedy = Remedy(
        "Compare two snapshots of the heap (tracemalloc, memray) a thousand requests apart; bound every cache in the "
        "process, stream large answers, and recycle workers after some thousand requests as a stop-gap."
    )
    return supported(
        "memory", "app", case, share, evidence, remedy,
        resource=f"memory of the role {worst.role}" if worst is not None else "memory of the machine",
        reached=pressed is not None,
    )  # fmt: skip


def _growth(case: Case, role: str) -> _Growth | None:
    """From the later half of the ramp, so that a first filling of caches and pools is over; None: it does not grow."""
    in_time = sorted((p for p in case.points if p.requests), key=lambda p: p.window[0])
    later = in_time[len(in_time) // 2 :]
    slopes, per_request, requests = [], [], 0
    for point in later:
        for series in case.readings.of("role.rss_bytes", role=role):
            inside = (series.at >= point.window[0]) & (series.at <= point.window[1])
            if inside.sum() >= 5:
                slope = float(np.polyfit(series.at[inside] - point.window[0], series.value[inside], 1)[0])
                slopes.append(slope)
                per_request.append(slope * point.seconds / point.requests)
                requests += point.requests
    if len(slopes) < 2 or requests < limits.LEAK_REQUESTS:
        return None
    growing = sum(b >= limits.LEAK_BYTES for b in per_request) / len(per_request)
    if growing < _MOSTLY:
        return None
    usual = float(np.median(per_request))
    return _Growth(role, usual, usual * case.rps(case.high), requests, growing)


def _told(case: Case, growth: _Growth) -> Evidence:
    free = [v for p in case.high if (v := case.readings.mean("host.memory_available_bytes", *p.window))]
    left = f"; what is left would last {free[-1] / growth.bytes_per_s / 60:,.0f} minutes at the knee" if free else ""
    return Evidence(
        f"the memory of the role {growth.role} grows by {growth.bytes_per_request / 1000:,.3g} kB a request at "
        f"constant load, in {growth.growing:.0%} of the later stages{left}",
        growth.bytes_per_request,
        f">= {limits.LEAK_BYTES} bytes a request over {limits.LEAK_REQUESTS} requests",
        "readings-processes role.rss_bytes",
    )


def _pressure(case: Case) -> Evidence | None:
    """That tasks wait for memory; None: they do not, or it is not read."""
    stalled = case.total("host.memory_pressure_s", case.high)
    if stalled is None or stalled < limits.PRESSURE * case.seconds[1]:
        return None
    share = stalled / max(case.seconds[1], 1e-9)
    return Evidence(
        f"some task waits for memory {share:.0%} of the time at the knee",
        share,
        f">= {limits.PRESSURE:.0%}",
        "readings-host host.memory_pressure_s",
    )


DETECTOR = Detector("memory", "app", "Memory grows with each request, or runs out.", _detect)
