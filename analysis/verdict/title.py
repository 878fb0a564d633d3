"""A verdict in about a dozen words, for the head of a page: what is held, and what the limit is."""

from __future__ import annotations

from analysis.level.objective import slo_bracket
from analysis.ranking.judge import JudgedLevel
from analysis.verdict.failures import failures, people
from analysis.verdict.headline import TOO_EARLY, named


def title(top: JudgedLevel | None, *, interrupted: bool) -> str:
    """`7 users at 10,000 tenants, limited by a missing index on public.tasks (tenant_id)`."""
    if interrupted and (top is None or not top.level.points):
        return TOO_EARLY
    if top is None or top.outcome == "invalid":
        return "The measurement cannot be trusted"
    if top.outcome == "generator_limited":
        return "The load generator was the limit, not the target"
    at = f" at {top.level.tenants:,} tenants" if top.level.tenants else ""
    if top.outcome == "target_failed":
        rows = failures([top.level])
        where = f" at {people(min(row.users for row in rows))}" if rows else ""
        return f"The target failed{where}{at}"
    met = slo_bracket(top.level).met
    held = f"No load held{at}" if met is None else f"{people(met)} held{at}"
    if top.first is not None:
        return f"{held}, limited by {named(top.first)}"
    return f"{held}, no bottleneck reached" if top.outcome == "not_reached" else f"{held}, limit not identified"
