"""A finding and what stands behind it: evidence, remedy, and the rule that made it first or kept it from being so.

These and the other types of `verdict.json` check themselves: a value of another type, a further field or a number that
is not finite is an error, and texts lose control characters and secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from rampart.printable import clean, number

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
CLEANED = BeforeValidator(lambda text: clean(text) if isinstance(text, str) else text)
Text = Annotated[str, CLEANED]
Seen = Annotated[float | None, BeforeValidator(number)]  # what has no value, such as a ratio to nothing, is None
Status = Literal["suspected", "supported", "confirmed", "refuted"]
Thresholds = Mapping[Text, float]  # by name, in the unit that the source gives beside them


@dataclass(frozen=True, slots=True, config=STRICT)
class Interval:
    """A value with its 95 % interval, all in one unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, config=STRICT)
class Evidence:
    """A number that supports or contradicts a claim."""

    claim: Text  # one sentence with the numbers in it
    seen: Seen  # the number, in the unit of the rule; None: there is none, as of a ratio to nothing
    expected: Text  # the rule: ">= 10000 rows per scan"
    source: Text  # the file and metric that it was recorded in
    holds: bool = True


@dataclass(frozen=True, slots=True, config=STRICT)
class Remedy:
    """What to do."""

    text: Text
    sql: Text | None = None  # where it can be said exactly


@dataclass(frozen=True, slots=True, config=STRICT)
class Rule:
    """The rule that decided about a finding."""

    said: Text  # in words
    thresholds: Thresholds  # those that it goes by


@dataclass(frozen=True, slots=True, config=STRICT)
class Finding:
    """A claim about one resource. What the ranking says of it is filled in once all findings of a level are known."""

    id: Text  # "missing-index"; a page of the same name explains it
    family: Text  # "database", "cache", "queue", "app", "harness"
    resource: Text  # "public.invoice_lines (tenant_id)"
    endpoint: Text | None  # the one that it shows in most; None: it is not of one endpoint
    share: float  # 0 to 1: of the latency added between the low stages and the knee; see `of_latency`
    limit_users: float | None  # users at which its limit is reached; None: not in this run
    status: Status
    confidence: float  # 0 to 1
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    consequences: tuple[Text, ...] = ()  # ids of what should ease when this is mended
    tenants: int = 0  # the level
    users: float | None = None  # the knee of the level; None: none
    why_not_first: Text | None = None  # None: it is the first bottleneck of its level
    of_latency: bool = True  # else its share is of lost requests, or of nothing
    share_low: float | None = None  # the 95 % interval of the share; None: it is not of latency, or not known
    share_high: float | None = None
    rule: Rule = Field(default_factory=lambda: Rule("", {}))  # the one that made it first, or kept it from being so
    thresholds: Thresholds = Field(default_factory=dict)  # those that its detector goes by
    gain: Interval | None = None  # the knee after this remedy alone over the knee now; None: not computed
