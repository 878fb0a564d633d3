"""What was foretold and what came, in a few lines for the terminal and the pull request."""

from __future__ import annotations

from rampart.prediction import Slope
from rampart.verdict import Verdict


def sentences(verdict: Verdict) -> list[str]:
    """The prediction before the ramp that the verdict speaks of, the last scored forecast, and the one that is open."""
    before, scored = verdict.predicted_before, [row for row in verdict.forecasts if row.scored]
    still_open = [row for row in verdict.forecasts if not row.scored]
    at = verdict.first.tenants if verdict.first else None
    told = [row for row in before if row.tenants == at] or before[-1:]
    rows = [*(row.verdict for row in told[:1]), *(row.sentence for row in (*scored[-1:], *still_open[-1:]))]
    return [row for row in rows if row]


def slope(row: Slope) -> str:
    """An elasticity with its interval: "0.95 (0.89 to 1.01)"."""
    known = row.low is not None and row.high is not None
    return f"{row.value:.2f} ({row.low:.2f} to {row.high:.2f})" if known else f"{row.value:.2f}"
