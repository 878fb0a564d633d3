"""What a remedy must do to the mechanism itself: which number, and how far it has to fall.

A knee that moves while this does not was moved by something else. `analysis.experiment.mechanism` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rampart import metrics
from rampart.model import Metric

HALF, THIRD_OFF = 0.5, 0.67  # mended over unmended, at most. Judged: planted remedies are far below


@dataclass(frozen=True, slots=True)
class Sign:
    """One number and its share that may be left. `{table}` and `{resource}` are the finding's."""

    kind: str  # "per request" (a counter), "statements" (a counter of the endpoint's own), "statement" (of the one that
    # is named), "level", "rises" (of a level, per request), "span", "growth", "failed", "busiest" (process)
    metric: Metric | None  # None of a span, and of what fails
    says: str
    most: float = HALF
    labels: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False  # once mended there is nothing to count, and no series
    span: str = ""

    @property
    def source(self) -> str:
        """The metric or the span by name."""
        return self.span if self.metric is None else self.metric.name


# What more than one finding goes by.
DATABASE_TIME = Sign(
    "statements", metrics.STATEMENT_EXEC_MS, "the database's time for the endpoint's statements", THIRD_OFF
)
EXECUTIONS = Sign("statements", metrics.STATEMENT_CALLS, "executions of the endpoint's statements", THIRD_OFF)
OUTSIDE_AWAITED = Sign("level", metrics.OUTSIDE_WAITING, "connections that await the answer of an outside service")
FAILED = Sign("failed", None, "requests that fail")
APP_CPU = Sign("per request", metrics.ROLE_CPU_S, "the application's processor time", THIRD_OFF, {"role": "app"})
BUSIEST_PROCESS = Sign("busiest", metrics.PROCESS_CPU_S, "the busiest application process", THIRD_OFF)
