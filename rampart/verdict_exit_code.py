"""Which exit code and ending a verdict has, from the verdict alone: `verdict.json` of any run answers it again."""

from __future__ import annotations

from rampart.errors import ExitCode
from rampart.exit_codes import TABLE, UNTRUSTED, Conclusion, Ending, VerdictOutcome
from rampart.verdict import Verdict

# These end a run before there is a verdict on the target, whatever was recorded until then.
_NO_VERDICT = {
    ExitCode.USAGE: Ending.USAGE,
    ExitCode.NOT_READY: Ending.NOT_READY,
    ExitCode.OUR_FAULT: Ending.OUR_FAULT,
}


def conclusion(verdict: Verdict) -> Conclusion:
    """What a run comes to."""
    ending = _ending(verdict)
    return TABLE[ending].conclusion(ending)


def _ending(verdict: Verdict) -> Ending:
    error = verdict.run.error
    if error is not None and error.exit in _NO_VERDICT:
        return _NO_VERDICT[ExitCode(error.exit)]
    if verdict.violations:
        return Ending.VIOLATION
    if verdict.run.outcome != "complete":
        return Ending.INCOMPLETE
    return of_outcome(verdict.outcome, missed=any(row.met is False for row in verdict.objectives))


def of_outcome(outcome: VerdictOutcome, *, missed: bool) -> Ending:
    """The ending that an outcome means by itself, of a run or of one tenant level of it."""
    if outcome in UNTRUSTED:
        return Ending.INCOMPLETE
    if outcome == "target_failed":
        return Ending.TARGET_FAILED
    return Ending.MISSED if missed else Ending.MET


def missed(verdict: Verdict) -> list[str]:
    """A sentence for each objective that was missed; none where no figure is the target's."""
    if verdict.outcome in UNTRUSTED:
        return []
    rows = (row for row in verdict.objectives if row.met is False)
    return [f"{f'at {row.tenants:,} tenants ' if row.tenants else ''}{row.sentence}" for row in rows]
