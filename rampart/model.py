"""The words of Rampart: small frozen values, each field with its unit in the name or beside it.

Times named `*_at` are seconds since the start of the run (one monotonic clock for every local producer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar


class Role(StrEnum):
    """What a metric says about its resource (the USE method, with demand beside it)."""

    UTILISATION = "utilisation"
    SATURATION = "saturation"
    ERRORS = "errors"
    DEMAND = "demand"
    INFO = "info"


class Kind(StrEnum):
    """A gauge is a level at an instant; a counter only grows, and only its differences mean anything."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer organisation of the target."""

    id: int
    rows: int


@dataclass(frozen=True, slots=True)
class Metric:
    """What can be read: a `Gauge` or a `Counter`. A probe declares each of its metrics; analysis needs no probe."""

    name: str  # "db.statement.calls"
    resource: str  # "db", "cache", "queue", "pool", "app", "host", "disk", "memory", "generator"
    role: Role
    unit: str  # "ms", "s", "bytes", "rows", "1"
    summary: str
    labels: tuple[str, ...] = ()
    # Of utilisation and saturation: from where on the resource is full; of a counter what it gains a second. None: the
    # number alone does not say so, or a detector judges it.
    full_at: float | None = None
    kind: ClassVar[Kind]

    def as_json(self) -> JSON:
        """As the run's `metrics.json` holds it."""
        return {**asdict(self), "labels": list(self.labels), "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Gauge(Metric):
    """A level at an instant: its mean and its highest value mean something, its differences mostly do not."""

    kind: ClassVar[Kind] = Kind.GAUGE


@dataclass(frozen=True, slots=True)
class Counter(Metric):
    """What only grows: nothing but its increase between two instants means anything."""

    kind: ClassVar[Kind] = Kind.COUNTER


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one metric at one instant."""

    metric: Metric
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    at: float | None = None  # seconds since the start of the run; None: when the read began


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be seen, what is lost by it, and how to mend it."""

    code: str  # "PG-NOPGSS"
    reason: str
    lost: tuple[str, ...]  # finding ids
    remedy: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A plateau in which nothing that we control changes."""

    index: int
    tenants: int
    users: int
    purpose: str  # "profile", "coarse", "fine", "repeat", "drain"
    started_at: float
    steady_at: float  # what came before is warm-up and is not measured
    ended_at: float
    task: str | None = None  # profile stages send one task alone


JSON = dict[str, Any]
