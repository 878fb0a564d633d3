"""The exit code of a run: what it says of the target, or of the measurement."""

from __future__ import annotations

from rampart.errors import ExitCode
from rampart.verdict import UNTRUSTED, Verdict


def exit_code(verdict: Verdict, problem: BaseException | None = None) -> ExitCode:
    """5 for a violation, 4 for what is incomplete or not to be trusted, else 0."""
    if verdict.violations:
        return ExitCode.VIOLATION
    if problem is not None or verdict.outcome in UNTRUSTED:
        return ExitCode.INCOMPLETE
    return ExitCode.DONE
