"""What was foretold and what came, in a few lines for the terminal and the pull request."""

from __future__ import annotations

from rampart.model import JSON
from reports.verdict_schema import number


def sentences(verdict: JSON) -> list[str]:
    """The prediction before the ramp that the verdict speaks of, the last scored forecast, and the one that is open."""
    before, scored = verdict["predicted_before"], [row for row in verdict["forecasts"] if row["scored"]]
    still_open = [row for row in verdict["forecasts"] if not row["scored"]]
    at = verdict["first"]["tenants"] if verdict["first"] else None
    told = [row for row in before if row["tenants"] == at] or before[-1:]
    rows = [*(row["verdict"] for row in told[:1]), *(row["sentence"] for row in (*scored[-1:], *still_open[-1:]))]
    return [row for row in rows if row]


def slope(row: JSON | None) -> str:
    """An elasticity with its interval: "0.95 (0.89 to 1.01)"; a dash for none."""
    value = number(row.get("value")) if row else None
    if row is None or value is None:
        return "–"
    low, high = number(row.get("low")), number(row.get("high"))
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f} to {high:.2f})"
