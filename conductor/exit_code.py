"""The exit code of a run: what it says of the target, or of the measurement."""

from __future__ import annotations

from rampart.errors import ExitCode
from rampart.verdict import UNTRUSTED, Verdict


def exit_code(verdict: Verdict, problem: BaseException | None = None) -> ExitCode:
    """5 for a violation, 4 for what is incomplete or not to be trusted, 1 for a missed objective, else 0."""
    if verdict.violations:
        return ExitCode.VIOLATION
    if problem is not None or verdict.outcome in UNTRUSTED:
        return ExitCode.INCOMPLETE
    return ExitCode.OBJECTIVE_MISSED if missed(verdict) else ExitCode.DONE


def missed(verdict: Verdict) -> list[str]:
    """A sentence for each objective that was missed; none where no figure is the target's."""
    if verdict.outcome in UNTRUSTED:
        return []
    return [f"at {row.tenants:,} tenants {row.sentence}" for row in verdict.objectives if row.met is False]
