"""Exit codes: how a run can end, and what that means to a shell, to CI and to the next nightly run, in one table.

`docs/outcomes.md` is made from it; `rampart/verdict_exit_code.py` says which row a verdict belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from enum import StrEnum
from typing import Literal

from pydantic.dataclasses import dataclass

from rampart.errors import ExitCode
from rampart.finding import STRICT

VerdictOutcome = Literal[
    "bottleneck", "not_reached", "inconclusive", "target_failed", "generator_limited", "invalid"
]  # fmt: skip
# Under these the instrument was measured and not the target: no figure is the target's.
UNTRUSTED: tuple[VerdictOutcome, ...] = ("generator_limited", "invalid")
JUnitState = Literal["pass", "failure", "error"]
# "yes": a later run is compared with it. "kept": it stays in the history, and nothing is compared with it.
Baseline = Literal["yes", "kept", "no"]


class Ending(StrEnum):
    """The rows of the table."""

    MET = "met"
    MISSED = "missed"
    TARGET_FAILED = "target_failed"
    USAGE = "usage"
    NOT_READY = "not_ready"
    INCOMPLETE = "incomplete"
    VIOLATION = "violation"
    OUR_FAULT = "our_fault"


@dataclass(frozen=True, slots=True, config=STRICT)
class Conclusion:
    """What a run comes to; `jq .conclusion verdict.json` is all that a script has to ask."""

    ending: Ending
    exit: int  # of `rampart`, without a comparison with an earlier run, which can make a 1 of a 0
    junit: JUnitState
    baseline: Baseline


@plain_dataclass(frozen=True, slots=True)
class Row:
    """One ending, in words and as each reader of it takes it."""

    happened: str
    outcomes: tuple[VerdictOutcome, ...] | Literal["any", "none"]
    exit: ExitCode
    junit: JUnitState
    baseline: Baseline

    def conclusion(self, ending: Ending) -> Conclusion:
        return Conclusion(ending, int(self.exit), self.junit, self.baseline)


_VERDICT: tuple[VerdictOutcome, ...] = ("bottleneck", "not_reached", "inconclusive")
TABLE: dict[Ending, Row] = {
    Ending.MET: Row("a verdict, the objectives met or none set", _VERDICT, ExitCode.DONE, "pass", "yes"),
    # A missed objective is a figure like any other: the next run may be better or worse than it.
    Ending.MISSED: Row("a verdict, an objective missed", _VERDICT, ExitCode.OBJECTIVE_MISSED, "failure", "yes"),
    # A target that is down holds nothing; whatever came after it would look like an improvement.
    Ending.TARGET_FAILED: Row(
        "the lowest load failed already, or the target stopped answering and did not come back",
        ("target_failed",), ExitCode.OBJECTIVE_MISSED, "failure", "kept",
    ),
    Ending.USAGE: Row(
        "a wrong call, a wrong target file, or a scenario that asks hosts that are not allowed",
        "none", ExitCode.USAGE, "error", "no",
    ),
    Ending.NOT_READY: Row(
        "the environment or the scenario is not ready: no request was sent, for instance",
        "none", ExitCode.NOT_READY, "error", "no",
    ),
    # Interrupted runs are judged by what was seen until then, and say that it is not all.
    Ending.INCOMPLETE: Row(
        "interrupted, or the measurement was at fault; what was seen is marked incomplete",
        "any", ExitCode.INCOMPLETE, "error", "no",
    ),
    # Wrong answers outrank how many there were and how quick they came.
    Ending.VIOLATION: Row("a correctness violation", "any", ExitCode.VIOLATION, "failure", "no"),
    Ending.OUR_FAULT: Row(
        "a fault of Rampart's own: one sentence, the traceback in a file", "none", ExitCode.OUR_FAULT, "error", "no",
    ),
}  # fmt: skip
