"""Latencies as `verdict.json` holds them: of a stage, and what load added to a request, part by part."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.dataclasses import dataclass

from rampart.finding import STRICT, Text


@dataclass(frozen=True, slots=True, config=STRICT)
class ResponseTime:
    """Quantiles of a stage in ms from when requests were due: what was held back has waited. None without requests."""

    p50: float | None
    p95: float | None
    p99: float | None
    p95_low: float | None  # the 95 % interval of `p95`
    p95_high: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class Latency:
    """Mean and quantiles of a stage in ms from when requests were sent; quantiles are None without requests."""

    mean: float
    p50: float | None
    p95: float | None
    p99: float | None
    p95_low: float | None  # the 95 % interval of `p95`
    p95_high: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class LatencyPart:
    """A part of the added latency: what was waited for. Intervals are None without draws."""

    what: Text
    resource: Text  # "db", "pool", "cache", "app", "unmeasured", …
    ms: float
    share: float  # of what was added
    ms_low: float | None  # the 95 % interval of `ms`
    ms_high: float | None
    share_low: float | None  # the 95 % interval of `share`
    share_high: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class BlamedShare:
    """A finding's share of the added latency, once waiting is passed on to what was waited for.

    Two findings may explain the same waiting: the second has what the first leaves, and no interval where that is less.
    """

    id: Text
    share: float
    share_low: float | None
    share_high: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class ComparedStages:
    """The indices of the stages that are compared."""

    low: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class AddedLatency:
    """What a request takes longer at the knee of a level than at low load, and where that went."""

    tenants: int
    low_users: int | None  # users of the largest low stage
    knee_users: int | None  # users of the largest stage at the knee
    added_ms: float  # per request
    added_ms_low: float | None  # its 95 % interval; None without draws
    added_ms_high: float | None
    parts: tuple[LatencyPart, ...]  # as they were measured, the largest first; what nothing measures last
    by_endpoint: Mapping[Text, float]  # ms added to a request of each
    stages: ComparedStages
    draws: int  # of the bootstrap behind the intervals
    blamed: tuple[
        BlamedShare, ...
    ]  # the first bottleneck first, each without what those before it explain; below 2 % left out
    unexplained: float | None = None  # share blamed on nothing in the end; None: latency rose too little
