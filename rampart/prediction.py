"""What is said of a limit before it is seen: the predicted knee and limits of a level, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic.dataclasses import dataclass

from rampart.finding import STRICT, Interval, Text

BEFORE: Literal["before"] = "before"
AFTERWARDS: Literal["afterwards"] = "afterwards"


@dataclass(frozen=True, slots=True, config=STRICT)
class PredictedLimit:
    """Where a resource is full, each number with its 95 % interval; rates are None where only users are predicted."""

    id: Text  # the finding that would name it
    resource: Text  # "pool", "host cpu"
    users: float
    users_low: float
    users_high: float
    rps: float | None = None  # requests/s
    rps_low: float | None = None
    rps_high: float | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class PredictedStep:
    """One step of the ladder that is expected: what is mended, and the load that is held then."""

    finding: Text  # its id
    users: Interval


@dataclass(frozen=True, slots=True, config=STRICT, kw_only=True)
class Prediction:
    """Where the first limit of a tenant level is expected; what was seen is filled in later."""

    tenants: int  # the level that it is of
    knee_users: Interval  # users at the first limit
    first: Text  # the finding that will most likely be first
    probability: float  # 0 to 1, that it is
    limits: tuple[PredictedLimit, ...]  # of each resource, the nearest first
    sentence: Text = ""
    made: Literal["before", "afterwards"] = BEFORE  # "afterwards": from what had been recorded by then
    made_at: float | None = None  # seconds since the start of the run; None: it was not written down then
    held: bool | None = None  # None: nothing was seen that can tell
    first_held: bool | None = None  # whether the finding was one that was named; None: none was found, or see `held`

    @property
    def named(self) -> tuple[str, ...]:
        """The findings that are named, the likeliest first."""
        return (self.first,)


@dataclass(frozen=True, slots=True, config=STRICT, kw_only=True)
class ProfilePrediction(Prediction):
    """Before a ramp, from its profile alone, beside what the ramp found."""

    resource: Text  # that is full first
    alone_ms: float  # latency of a request of the mix, sent by one user alone
    think_s: float  # planned
    profiled: float  # 0 to 1: share of the scenario's requests whose tasks answered in the profile
    seen_users: float | None = None  # where the first limit showed; None: not, or nothing was seen yet
    seen_first: Text | None = None  # the finding that was first
    tested_users: int | None = None  # the largest load that counts
    ratio: float | None = None  # predicted over seen users
    verdict: Text = ""  # what the ramp made of it, in a sentence


@dataclass(frozen=True, slots=True, config=STRICT)
class SeenLevel:
    """What a level showed, for a forecast to be held against."""

    knee_users: float | None  # where its first limit showed
    low: float | None  # the knee's 95 % interval; None where the limit was another
    high: float | None
    tested_users: int  # the largest load of its usable stages
    below_users: float | None  # users of the first stage, where the knee lies below it
    first: Text | None  # finding id
    outcome: Text


@dataclass(frozen=True, slots=True, config=STRICT, kw_only=True)
class Forecast(Prediction):
    """Of a level before its data is seeded, from the levels below it."""

    made_from: tuple[int, ...]  # tenants of those levels
    rivals: Mapping[Text, float]  # other findings that may well be first, and how probably
    resource: Text | None  # the table whose scan will cost most, where that is the limit
    assumed: Text  # what is taken for granted
    scored: bool = False
    seen: SeenLevel | None = None  # None: not scored
    knee_held: bool | None = None  # whether the knee lies within the interval

    @property
    def named(self) -> tuple[str, ...]:
        return (self.first, *self.rivals)


@dataclass(frozen=True, slots=True, config=STRICT)
class Slope:
    """A slope with its 95 % interval; None: how well it is known is not known."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, config=STRICT)
class Elasticity:
    """How a demand grows with tenants: d ln demand / d ln tenants, so 0 stays and 1 doubles with them."""

    of: Text  # the resource, the endpoint or the statement's text
    kind: Literal["resource", "endpoint", "statement"]
    levels: tuple[int, ...]  # tenants of the levels that it was measured over
    measured: Slope  # the slope alone
    believed: Slope  # joined with what the mechanism lets expect; forecasts use it
    endpoint: Text | None = None  # of a statement: the endpoint that sends it
    ms: float | None = None  # of a statement: execution time per request at the last level
    scans: Text | None = None  # of a statement: the table that it reads whole
    rows: float | None = None  # of a statement: rows that a call reads by scans
