"""Statements that are sent again and again within one request, and what they cost the application."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from analysis.level.level_data import LevelData
from analysis.record.sql_text import checks_foreign_key, many_at_once
from analysis.stages.service_demand import EndpointDemand, app_ms_per_statement
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence

N_PLUS_ONE_CALLS = Threshold(
    "N_PLUS_ONE_CALLS", 5.0, "calls of one statement per request of one endpoint",
    "as in Sentry's issues (docs/sources.md#sentry)",
)  # fmt: skip
ROWS_OF_ONE = Threshold(
    "ROWS_OF_ONE", 2.0, "rows a call",
    "judged: of more, a call asks for the children of one row, or for many rows at once",
)  # fmt: skip


def claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """Why a statement counts as repeated within a request; None where it does not."""
    row = most_often(level, statement)
    if row is None or row.statements[statement] < N_PLUS_ONE_CALLS:
        return None
    if _batch(level, statement) or checks_foreign_key(level.statement(statement)):
        return None
    return [
        Evidence(
            f"one {row.endpoint} sends {row.statements[statement]:.1f} times: {level.statement(statement)[:140]}",
            row.statements[statement],
            f">= {N_PLUS_ONE_CALLS:.0f} calls of one statement per request",
            "readings-statements db.statement.calls in the profile",
        )
    ]


def most_often(level: LevelData, statement: str) -> EndpointDemand | None:
    """The profiled endpoint that sends a statement most often."""
    rows = [row for row in level.profile if statement in row.statements]
    return max(rows, key=lambda row: row.statements[statement], default=None)


def _batch(level: LevelData, statement: str) -> bool:
    """Whether one call fetches for many at once. The children of one row may be many, too: then its text tells."""
    rows, _ = level.per_request(metrics.STATEMENT_ROWS, "statement")
    calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
    if rows.get(statement, 0.0) <= ROWS_OF_ONE * calls.get(statement, 0.0):
        return False
    text = level.text(statement)
    return text is None or many_at_once(text)


def repeated_statements(level: LevelData) -> dict[str, Sequence[Evidence]]:
    """Every statement of the profile that is repeated within a request, whatever it was blamed for."""
    statements = {s for row in level.profile for s in row.statements}
    return {s: evidence for s in sorted(statements) if (evidence := claim(level, s))}


def app_share(level: LevelData) -> float:
    """The share of the application's processor time that repeated statements cost, over the mix of the ramp.

    Each call beyond the first costs the application what one more statement costs it (the slope over endpoints). Calls
    are counted in the ramp where they can be: the profile asks for one tenant, whose lists may be short.
    """
    per_call = app_ms_per_statement(level.profile)
    repeated = repeated_statements(level)
    if not repeated:
        return 0.0
    if (seen := _seen_in_ramp(level, repeated, per_call)) is not None:
        return seen
    mix = {name: float(n) for name, n in zip(level.requests.endpoints, _mix(level), strict=True)}
    spent = saved = 0.0
    for row in level.profile:
        weight = mix.get(row.endpoint, 0.0)
        excess = sum(max(calls - 1, 0.0) for s, calls in row.statements.items() if s in repeated)
        spent += weight * (row.app_cpu_ms or 0.0)
        saved += weight * min(excess * per_call, row.app_cpu_ms or 0.0)
    return saved / spent if spent > 0 else 0.0


def _seen_in_ramp(level: LevelData, repeated: Collection[str], per_call: float) -> float | None:
    """The share by the calls and the processor time of the compared stages; None where either was not read."""
    points = (*level.low, *level.high)
    spent = level.total(metrics.ROLE_CPU_S, points, role="app")
    requests = dict(zip(level.requests.endpoints, _mix(level), strict=True))
    excess, read = 0.0, False
    for statement in repeated:
        calls = level.total(metrics.STATEMENT_CALLS, points, statement=statement)
        once = {row.endpoint for row in level.profile if row.statements.get(statement, 0.0) >= 1}
        excess += max((calls or 0.0) - sum(requests.get(endpoint, 0.0) for endpoint in once), 0.0)
        read = read or bool(calls)
    return min(excess * per_call / 1000 / spent, 1.0) if spent and read else None


def _mix(level: LevelData) -> list[float]:
    counts = [0.0] * len(level.requests.endpoints)
    for point in (*level.low, *level.high):
        counts = [a + float(b) for a, b in zip(counts, level.requests.count[point.index], strict=True)]
    return counts
