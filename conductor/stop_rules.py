"""The rules that end a load while it runs: each looked at once a second, and dated back to when it began to hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from analysis.record.tally import holds
from conductor.live_tally import Tally
from rampart.condition import Condition
from rampart.model import JSON
from rampart.objectives import STOP, Conditions, in_force

_JITTER_S = 0.5  # that the first and the last second of a span may be short together
_LEAST = 20  # requests in the span: fewer are no evidence, and the span grows until it has them


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule that held for as long as it must."""

    name: str
    said: str
    since: float  # run seconds: the first second in which it held
    users: int  # in that second

    def as_json(self) -> JSON:
        return asdict(self)


class Stopped(Exception):
    """Raised where the load is listened to; the level that is under way ends."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.said)
        self.stop, self.since = stop, stop.since


@dataclass(slots=True)
class _Span:
    """The seconds in which a rule has held without a break; those in which no request ended belong to it."""

    since: float
    users: int
    until: float
    requests: int = 0


@dataclass(slots=True)
class StopRules:
    """The rules in force over one load."""

    rules: Conditions = field(default_factory=lambda: dict(STOP))
    _spans: dict[str, _Span] = field(default_factory=dict)

    @classmethod
    def of(cls, stated: Conditions) -> StopRules:
        """What a target file states, and the defaults."""
        return cls(in_force(stated, STOP))

    def take(self, line: JSON) -> None:
        """Take in one live line; Stopped where a rule has held for as long as it must."""
        for stop in self._held(line):
            raise Stopped(stop)

    def _held(self, line: JSON) -> Iterator[Stop]:
        for name, rule in self.rules.items():
            span = self._span(name, rule, line)
            if span and span.until - span.since >= (rule.for_s or 0.0) - _JITTER_S and self._told(rule, span):
                yield Stop(name, rule.said, span.since, span.users)

    def _told(self, rule: Condition, span: _Span) -> bool:
        return rule.kind == "rate" or span.requests >= _LEAST

    def _span(self, name: str, rule: Condition, line: JSON) -> _Span | None:
        """The rule's span with this second in it; None where it does not hold."""
        second, at, users = Tally(), float(line["at"]), int(line["users"])
        second.add(line, rule.endpoint)
        held, span = holds(rule, second), self._spans.get(name)
        if held is False or (held is None and span is None):
            self._spans.pop(name, None)
            return None
        span = self._spans.setdefault(name, _Span(at - second.seconds, users, at))
        span.until = at
        span.requests += second.requests
        return span
