"""What objectives and stop rules are written in: `p95 of "GET /invoices" < 800ms`, `errors > 50% for 5s`.

METRIC [of "ENDPOINT"] COMPARISON VALUE UNIT [for DURATION]
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rampart.errors import UsageError, nearest

Kind = Literal["latency", "errors", "rate"]
EXAMPLE = 'Write it like: p95 of "GET /invoices" < 800ms'
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
# What one of each unit is in the unit of the kind: ms, a share, requests a second.
_UNITS: Mapping[Kind, Mapping[str, float]] = {
    "latency": {"ms": 1.0, "s": 1000.0, "min": 60_000.0},
    "errors": {"%": 0.01, "ratio": 1.0},
    "rate": {"/s": 1.0},
}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
_METRICS = ("p50", "p90", "p95", "p99", "mean", "errors", "rate")
_OTHER_METRICS = {
    "latency": "p95", "response_time": "p95", "median": "p50", "average": "mean", "avg": "mean", "failures": "errors",
    "error_ratio": "errors", "error_rate": "errors", "throughput": "rate", "rps": "rate",
}  # fmt: skip
_OTHER_UNITS = {
    "msec": "ms", "milliseconds": "ms", "sec": "s", "seconds": "s", "m": "min", "minutes": "min", "percent": "%",
    "rps": "/s", "req/s": "/s",
}  # fmt: skip
_FORM = re.compile(
    r"""\s*(?P<metric>[^\s<>=!"']+)
    (?:\s+of\s+(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^<>"']*?[^<>"'\s])))?
    \s*(?P<comparison><=|>=|<|>)\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[^\s\d]\S*)?
    (?:\s+for\s+(?P<long>[-+]?(?:\d+\.?\d*|\.\d+))\s*(?P<long_unit>[^\s\d]\S*)?)?\s*""",
    re.VERBOSE,
)
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")


class ConditionError(UsageError):
    """A condition that cannot be read, or that nothing can meet."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, taken apart."""

    said: str  # as it was written
    metric: str  # "p95", "mean", "errors", "rate"
    endpoint: str | None  # None: all requests
    comparison: str  # a key of COMPARED
    value: float  # ms, the share of requests that fail, or requests a second
    for_s: float | None  # how long it must hold
    where: str = field(default="", compare=False)  # "shop.toml, line 31"; "": not from a file

    @property
    def kind(self) -> Kind:
        return _kind(self.metric)

    @property
    def quantile(self) -> float | None:
        """0 to 1; None where it is about no percentile."""
        found = _PERCENTILE.fullmatch(self.metric)
        return float(found[1]) / 100 if found else None

    @property
    def is_upper_bound(self) -> bool:
        return self.comparison in ("<", "<=")

    def holds(self, value: float) -> bool:
        """Whether a value in this condition's unit meets it."""
        return COMPARED[self.comparison](value, self.value)


def parse(said: str) -> Condition:
    """A condition from its text; a ConditionError that says what is wrong with it."""
    found = _FORM.fullmatch(said)
    if found is None:
        raise ConditionError("this is not a condition", f"it is {said!r}", f"{EXAMPLE}.")
    metric = _metric(found["metric"], said)
    value = _value(_kind(metric), found["number"], found["unit"], said)
    endpoint = found["double"] or found["single"] or found["bare"]
    long = None if found["long"] is None else _seconds(found["long"], found["long_unit"], said)
    return _possible(Condition(said.strip(), metric, endpoint, found["comparison"], value, long))


def _kind(metric: str) -> Kind:
    return "errors" if metric == "errors" else "rate" if metric == "rate" else "latency"


def _metric(word: str, said: str) -> str:
    metric = word.lower()
    percentile = _PERCENTILE.fullmatch(metric)
    if percentile and 0 < float(percentile[1]) < 100:
        return metric
    if percentile:
        raise ConditionError(
            f"there is no {metric}", f"in {said!r}", "A percentile lies between p0 and p100: p95, p99.9."
        )
    if metric not in _METRICS:
        raise ConditionError(f"{word!r} is not measured", f"in {said!r}", _right_word(metric, _METRICS))
    return metric


def _value(kind: Kind, number: str, unit: str | None, said: str) -> float:
    units = _UNITS[kind]
    if unit is None and kind == "errors" and 0 <= float(number) < 1:
        return float(number)
    if unit is None:
        raise ConditionError(f"{number} has no unit", f"in {said!r}", f"Write one of {', '.join(units)} behind it.")
    if unit not in units:
        raise ConditionError(f"{unit!r} is not a unit of {kind}", f"in {said!r}", _right_word(unit, units))
    return float(number) * units[unit]


def _seconds(number: str, unit: str | None, said: str) -> float:
    if unit not in _SECONDS:
        raise ConditionError(
            f"{unit or number!r} is not a duration",
            f"in {said!r}",
            _right_word(unit, _SECONDS) if unit else "Write 10s.",
        )
    return float(number) * _SECONDS[unit]


def _right_word(word: str, known: Mapping[str, float] | tuple[str, ...]) -> str:
    meant = (_OTHER_METRICS.get(word.lower()), _OTHER_UNITS.get(word.lower()), word.lower())
    return next((f"Did you mean {one!r}?" for one in meant if one in known), nearest(word, known))


def _possible(condition: Condition) -> Condition:
    """The same; refused where every value meets it, or none can."""
    highest = 1.0 if condition.kind == "errors" else float("inf")
    lowest = 1e-9 if condition.kind == "latency" else 0.0  # an answer takes some time
    met = {condition.holds(lowest), condition.holds(highest)}
    if met == {True} or met == {False}:
        says = "always" if met == {True} else "never"
        span = "between 0 % and 100 %" if condition.kind == "errors" else "above 0"
        raise ConditionError(
            f"{condition.said!r} {says} holds", f"its value lies {span}", "Write a limit that can be missed."
        )
    return condition
