"""The words around a verdict: its headline, how sure it is and why, what its capacity means."""

from __future__ import annotations

from collections.abc import Mapping

from rampart.finding import Finding, Status
from rampart.latency import BlamedShare, LatencyPart
from rampart.model import JSON
from rampart.printable import clean
from rampart.verdict import UNTRUSTED, LevelCapacity, Verdict, VerdictOutcome
from reports.numbers import count, interval, percent, tenants

# What each outcome is called, and what is said when the verdict brings no sentence of its own.
OUTCOMES: Mapping[VerdictOutcome, tuple[str, str]] = {
    "bottleneck": ("Bottleneck found", "A bottleneck was reached, but it could not be named."),
    "not_reached": ("No bottleneck reached", "No bottleneck was reached within the load that was tried."),
    "inconclusive": (
        "Inconclusive",
        "What was recorded neither singles out one first bottleneck nor shows that there is none.",
    ),
    "target_failed": ("The target failed", "The target failed, so nothing says what it could hold."),
    "generator_limited": (
        "The load generator was the limit",
        "The load generator gave out before the target did, so nothing here measures the target.",
    ),
    "invalid": ("Not to be trusted", "The measurement itself was at fault, so no figure is published as the target's."),
}
_STATUS: Mapping[Status, str] = {
    "suspected": "suspected: the evidence is thin or mixed",
    "supported": "supported by what was recorded, not yet confirmed by an experiment",
    "confirmed": "confirmed: its remedy moved or ended the limit, in an experiment",
    "refuted": "refuted: applying the remedy did not move the knee",
}
_ADVICE = {"quiet machine": "Stop what else works on this machine, or run Rampart on a quieter one, and ramp again."}
_ROOM_FOR_LOAD = (
    "Give the load generator a core that the target does not use: run Rampart on another machine, or start a target on "
    "this one with fewer cores (taskset, cpuset)."
)
_FAILURES = 3  # loads at which the target failed, that are told one by one
_REASONS = {
    "running": "it never ended, or is still running",
    "failed": "it failed",
    "unknown": "its run.json does not say how it ended",
}
_ENDED = {"done", "complete", "completed", "finished", "ok"}


def outcome_label(verdict: Verdict) -> str:
    """What the outcome is called."""
    return OUTCOMES[verdict.outcome][0]


def published(verdict: Verdict) -> bool:
    """Whether the figures may be read as the target's."""
    return verdict.outcome not in UNTRUSTED


def headline(verdict: Verdict) -> str:
    """The one sentence: the verdict's own, or what can be said without it."""
    if verdict.sentence:
        return str(verdict.sentence)
    first = verdict.first
    if verdict.outcome == "bottleneck" and first:
        return f"The first bottleneck is {name(first)}{_when(first)}."
    return OUTCOMES[verdict.outcome][1]


def beside(verdict: Verdict) -> list[str]:
    """What stands right below the headline because it weakens it: loads at which the target failed, failed checks.

    Where the measurement was at fault the failed check is the headline.
    """
    if not published(verdict):
        return []
    told = [row.sentence for row in verdict.failures[:_FAILURES]]
    if (more := len(verdict.failures) - _FAILURES) > 0:
        told.append(f"It failed at {more} more load{'s' if more > 1 else ''}.")
    return told + [
        f"Check that failed: {check.name}: {check.claim}." for check in verdict.validity.checks if not check.ok
    ]


def open_questions(verdict: Verdict) -> list[tuple[str, str]]:
    """What it may be, each candidate with its reason, and what to measure next: a word and what it says."""
    if verdict.undecided is None or not published(verdict):
        return []
    rows = [(f"May be {one.id}", one.why) for one in verdict.undecided.candidates]
    told = verdict.undecided.measurement.what
    return [*rows, ("Measure next", told[0].upper() + told[1:])]


def name(finding: Finding) -> str:
    """A finding by id and resource: "missing-index on public.invoice_lines (tenant_id)"."""
    return f"{finding.id} on {finding.resource}" if finding.resource else finding.id


def _when(finding: Finding) -> str:
    about = ((finding.tenants, "tenants"), (finding.users, "users"))
    parts = [f"{count(value)} {unit}" for value, unit in about if value]
    return f", at {' and '.join(parts)}" if parts else ""


def incomplete(about: JSON) -> str:
    """Why the run is not a whole one, or "" when it ended as planned."""
    outcome = str(about.get("outcome") or "unknown")
    if outcome in _ENDED:
        return ""
    error = about.get("error")
    if isinstance(error, dict) and error.get("what"):
        reason = f"{clean(error['what'])}: {clean(error.get('why'))}"
    else:
        reason = _REASONS.get(outcome, f"it was {outcome}")
    return f"This run is incomplete: {reason}. What follows is what was seen until then."


def sure(verdict: Verdict) -> tuple[str, list[str]]:
    """How sure the verdict is, in a few words, and the reasons for and against, most important first."""
    first = verdict.first
    if not published(verdict):
        return "No figure here is the target's", _failed(verdict)
    if not first:
        labels = {
            "not_reached": "No limit seen, up to the load that was tried",
            "inconclusive": "Not sure enough to name one",
            "target_failed": "It failed, whatever its limit may be",
        }
        return labels.get(verdict.outcome, "Nothing to be sure of"), _doubts(verdict)
    label = f"{_likely(first.confidence)} (confidence {percent(first.confidence)})"
    return label, [*_support(first), *_doubts(verdict)]


def _likely(confidence: float) -> str:
    steps = ((0.9, "Very likely"), (0.7, "Likely"), (0.5, "More likely than not"), (0.0, "A suspicion"))
    return next((words for floor, words in steps if confidence >= floor), "A suspicion")


def _support(first: Finding) -> list[str]:
    held = sum(evidence.holds for evidence in first.evidence)
    reasons = [f"{_STATUS[first.status]}."]
    if first.of_latency:
        reasons.append(f"It explains {percent(first.share)} of the latency that load added.")
    if first.evidence:
        reasons.append(f"{held} of {len(first.evidence)} pieces of evidence hold.")
    return [reason[0].upper() + reason[1:] for reason in reasons]


def _doubts(verdict: Verdict) -> list[str]:
    reasons = []
    if verdict.tied_with:
        reasons.append(f"It cannot be told apart from {' and '.join(verdict.tied_with)}.")
    if verdict.joint:
        reasons.append(f"No remedy shows alone; together do, in this order: {', '.join(verdict.joint)}.")
    checks = verdict.validity.checks
    passed = sum(check.ok for check in checks)
    if checks:
        reasons.append(f"{passed} of {len(checks)} checks of the measurement itself passed.")
    blind = len(verdict.gaps)
    if blind:
        reasons.append(f"{blind} thing{'s' if blind > 1 else ''} could not be seen.")
    return reasons


def _failed(verdict: Verdict) -> list[str]:
    failed = [check for check in verdict.validity.checks if not check.ok]
    told = [f"{check.name}: {check.claim}.".replace("..", ".") for check in failed]
    advice = [_ADVICE[check.name] for check in failed if check.name in _ADVICE]
    if verdict.outcome == "generator_limited":
        advice.append(_ROOM_FOR_LOAD)
    return [*told, *advice] or ["The checks that failed were not recorded."]


def capacity_sentence(verdict: Verdict) -> str:
    """What the largest tenant level holds, beside the smallest; "" when nothing can be said."""
    rows = sorted(verdict.capacity, key=lambda row: row.tenants)
    if not rows or not published(verdict):
        return ""
    ends = (rows[-1], rows[0]) if len(rows) > 1 else (rows[0],)
    sentence = "; ".join(f"{_at(row.tenants)} {_bends(row)}" for row in ends)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _at(level: float) -> str:
    return "with the data as it is" if level == 0 else f"at {tenants(level)}"


def _bends(row: LevelCapacity) -> str:
    knee, queue = row.knee_users, row.queue_knee_users
    if queue and (not knee or queue.value < knee.value):
        return f"jobs pile up from {interval(queue)} on"
    if knee:
        return f"the knee is at {interval(knee)}"
    if row.below_users is not None:
        return f"the knee lies below {count(row.below_users)} users, the fewest that were tried"
    tested = row.tested_users
    return f"there is no knee up to {count(tested)} users" if tested is not None else "no knee was found"


def between(row: Finding | LatencyPart | BlamedShare) -> str:
    """The interval of a share, as " (40–55 %)"; "" where there is none."""
    low, high = row.share_low, row.share_high
    if low is None or high is None:
        return ""
    return f" ({percent(low).removesuffix('%').rstrip()}–{percent(high)})"


def finding_at(row: Finding) -> str:
    """Where the limit of a finding is, in users."""
    return f"{count(row.limit_users)} users" if row.limit_users is not None else "not reached"


def runners_up(verdict: Verdict) -> list[Finding]:
    """The ranked findings without the first one: those of its tenant level, then those of the others."""
    first = verdict.first
    rows = [row for row in verdict.ranked if not first or _same(row) != _same(first)]
    return sorted(rows, key=lambda row: first is not None and row.tenants != first.tenants)


def why_not(row: Finding, verdict: Verdict) -> str:
    """Why a finding is not the first bottleneck of the run."""
    leads = any(level.first == row.id and level.tenants == row.tenants for level in verdict.levels)
    return row.why_not_first or (f"it comes first at {tenants(row.tenants)}" if leads else "")


def _same(row: Finding) -> tuple[str, str, str | None, int]:
    return row.id, row.resource, row.endpoint, row.tenants
