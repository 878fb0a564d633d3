"""What a detector is, and the few things that all of them say alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from analysis.attribution.attribute import Attribution
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.server import Relief
from analysis.thresholds import Threshold
from rampart.finding import Evidence, Finding, Remedy
from rampart.resources import ResourceName

SUSPECTED = 0.5  # the most confidence in what is suspected
Claims = Mapping[str, Sequence[Evidence]]  # statements that a detector may explain, with the reasons


class Needs(Enum):
    """What a finding reads beside metrics: where it was not recorded, the finding cannot be named."""

    SQL = auto()  # the texts of statements
    PROFILE = auto()  # what one request alone costs
    DIGESTS = auto()  # which answers are equal


Awaited = Literal["database", "cache", "services"]


class Measures(Enum):
    """What the share of a finding is a share of, and where its limit shows."""

    LATENCY = auto()  # the latency added up to the knee
    JOBS = auto()  # jobs: they are done late, whatever requests do
    ERRORS = auto()  # requests that are refused
    OTHER = auto()  # something else, which its evidence names


@dataclass(frozen=True, slots=True)
class Detector:
    """All there is to say of one kind of finding: a value named `DETECTOR` in a file of its own.

    `claim` says whether one statement's cost is of this kind, with the reasons. Each statement goes to the first
    detector that claims it, after those named in `claims_after`; `detect` then gets the statements given to it.
    """

    name: str  # the finding id
    family: str
    summary: str
    detect: Callable[[LevelData, Attribution, Claims], Finding | None]
    claim: Callable[[LevelData, str], Sequence[Evidence] | None] | None = None
    thresholds: tuple[Threshold, ...] = ()  # all that it goes by: its own and shared ones
    headline: str = "{resource}"  # what it is called in a sentence; {resource} and {endpoint} are the finding's
    effect: str = ""  # what it does to the level, from {limit} or {jobs_knee} on; empty: throughput stops at the knee
    effect_only_without_knee: bool = False  # where throughput has a knee, the knee is said instead
    measures: Measures = Measures.LATENCY
    claims_after: tuple[str, ...] = ()  # more specific causes of an expensive statement, which are asked first
    saturates: tuple[ResourceName, ...] = ()  # the resources that are full where this is the bottleneck
    # What its remedy changes; None: known by the waiting that it explains alone, or it is of no requests at all.
    relief: Callable[[LevelData, Attribution, Claims], Relief] | None = None
    # Resources whose limit it names where nothing more specific does, and how full each is at the knee: where the
    # asymptotes cross, not where it is first called saturated.
    limits: Mapping[ResourceName, float] = field(default_factory=dict)
    work: str = ""  # the kind of work that it names where nothing more specific does; it is no waste by itself
    needs: tuple[Needs, ...] = ()
    awaited: Awaited | None = None  # whose answers requests wait for at its limit: made slower, they lower the limit
    parts: tuple[str, ...] = ()  # of the latency ledger: what is waited there is its own where nothing else is found
    seen_by: tuple[str, ...] = ()  # names of the signals (analysis.verdict.signals) without which it cannot be named
    seldom_s: float = 0.0  # how long a stage must last to show what comes only every few seconds
    signs: tuple[Sign, ...] = ()  # what its remedy must do to the mechanism; one of several must be seen


def supported(
    detector: str, family: str, level: LevelData, share: float, evidence: Sequence[Evidence], remedy: Remedy, *,
    resource: str, endpoint: str | None = None, limit_users: float | None = None, reached: bool = True,
) -> Finding:  # fmt: skip
    """A finding with its confidence from the share it explains and the checks that hold.

    Suspected where a check of its mechanism contradicts it, and later where its remedy would not show.
    """
    holding = sum(e.holds for e in evidence) / len(evidence) if evidence else 0.0
    holds = all(e.holds for e in evidence)
    confidence = min(
        0.97, 0.45 * min(share / 0.6, 1.0) + 0.45 * holding + (0.08 if level.knee.value is not None else 0.0)
    )
    return Finding(
        detector, family, resource, endpoint, share,
        (limit_users if limit_users is not None else level.knee.value) if reached else None,
        "supported" if holds else "suspected", round(confidence if holds else min(confidence, SUSPECTED), 2),
        tuple(evidence), remedy, tenants=level.tenants, users=level.knee.value,
    )  # fmt: skip


def span(low: float, high: float, unit: str = "") -> str:
    """`3.1 → 52 ms`: what a number was at the low stages and at the knee."""
    return f"{low:.3g} → {high:.3g}{' ' + unit if unit else ''}"
