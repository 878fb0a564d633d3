"""The words around a verdict: its headline, how sure it is and why, what its capacity means."""

from __future__ import annotations

from rampart.model import JSON
from reports.numbers import count, interval, percent, tenants
from reports.verdict_schema import clean

# What each outcome is called, and what is said when the verdict brings no sentence of its own.
OUTCOMES = {
    "bottleneck": ("Bottleneck found", "A bottleneck was reached, but it could not be named."),
    "not_reached": ("No bottleneck reached", "No bottleneck was reached within the load that was tried."),
    "inconclusive": (
        "Inconclusive",
        "A limit was reached, but what was recorded does not single out one first bottleneck.",
    ),
    "generator_limited": (
        "The load generator was the limit",
        "The load generator gave out before the target did, so nothing here measures the target.",
    ),
    "invalid": ("Not to be trusted", "The measurement itself was at fault, so no figure is published as the target's."),
}
UNKNOWN = ("No verdict", "This run has no verdict yet.")
# Under these the instrument, not the target, was measured: DESIGN section 5 of the idea, "it doubts itself first".
UNPUBLISHED = frozenset({"generator_limited", "invalid"})
_STATUS = {
    "suspected": "suspected: the evidence is thin or mixed",
    "supported": "supported by what was recorded, not yet confirmed by an experiment",
    "confirmed": "confirmed: its remedy moved or ended the limit, in an experiment",
    "refuted": "refuted: applying the remedy did not move the knee",
}
_REASONS = {
    "running": "it never ended, or is still running",
    "failed": "it failed",
    "unknown": "its run.json does not say how it ended",
}
_ENDED = {"done", "complete", "completed", "finished", "ok"}


def outcome_label(verdict: JSON) -> str:
    """What the outcome is called."""
    return OUTCOMES.get(verdict["outcome"], UNKNOWN)[0]


def published(verdict: JSON) -> bool:
    """Whether the figures may be read as the target's."""
    return verdict["outcome"] not in UNPUBLISHED


def headline(verdict: JSON) -> str:
    """The one sentence: the verdict's own, or what can be said without it."""
    if verdict["sentence"]:
        return str(verdict["sentence"])
    first = verdict["first"]
    if verdict["outcome"] == "bottleneck" and first and first["id"]:
        return f"The first bottleneck is {name(first)}{_when(first)}."
    return OUTCOMES.get(verdict["outcome"], UNKNOWN)[1]


def name(finding: JSON) -> str:
    """A finding by id and resource: "missing-index on public.invoice_lines (tenant_id)"."""
    words = str(finding["id"] or "something without a name")
    return f"{words} on {finding['resource']}" if finding.get("resource") else words


def _when(finding: JSON) -> str:
    parts = [f"{count(finding[key])} {key}" for key in ("tenants", "users") if finding[key]]
    return f", at {' and '.join(parts)}" if parts else ""


def incomplete(about: JSON) -> str:
    """Why the run is not a whole one, or "" when it ended as planned."""
    outcome = str(about.get("outcome") or "unknown")
    if outcome in OUTCOMES or outcome in _ENDED:
        return ""
    error = about.get("error")
    if isinstance(error, dict) and error.get("what"):
        reason = f"{clean(error['what'])}: {clean(error.get('why'))}"
    else:
        reason = _REASONS.get(outcome, f"it was {outcome}")
    return f"This run is incomplete: {reason}. What follows is what was seen until then."


def sure(verdict: JSON) -> tuple[str, list[str]]:
    """How sure the verdict is, in a few words, and the reasons for and against, most important first."""
    first = verdict["first"]
    if not published(verdict):
        return "No figure here is the target's", _failed(verdict)
    if not first:
        label = {
            "not_reached": "No limit seen, up to the load that was tried",
            "inconclusive": "Not sure enough to name one",
        }
        return label.get(verdict["outcome"], "Nothing to be sure of"), _doubts(verdict)
    return f"{_likely(first['confidence'])} {_confidence(first)}".strip(), [*_support(first), *_doubts(verdict)]


def _likely(confidence: float | None) -> str:
    steps = ((0.9, "Very likely"), (0.7, "Likely"), (0.5, "More likely than not"), (0.0, "A suspicion"))
    return next((words for floor, words in steps if (confidence or 0.0) >= floor), "A suspicion")


def _confidence(first: JSON) -> str:
    return "" if first["confidence"] is None else f"(confidence {percent(first['confidence'])})"


def _support(first: JSON) -> list[str]:
    held = sum(evidence["holds"] for evidence in first["evidence"])
    reasons = [f"{_STATUS.get(first['status'], first['status'])}."]
    if first["share"] is not None and first["of_latency"]:
        reasons.append(f"It explains {percent(first['share'])} of the latency that load added.")
    if first["evidence"]:
        reasons.append(f"{held} of {len(first['evidence'])} pieces of evidence hold.")
    return [reason[0].upper() + reason[1:] for reason in reasons if reason != "."]


def _doubts(verdict: JSON) -> list[str]:
    reasons = []
    if verdict["tied_with"]:
        reasons.append(f"It cannot be told apart from {' and '.join(verdict['tied_with'])}.")
    checks = verdict["validity"]["checks"]
    passed = sum(check["ok"] for check in checks)
    if checks:
        reasons.append(f"{passed} of {len(checks)} checks of the measurement itself passed.")
    blind = len(verdict["gaps"])
    if blind:
        reasons.append(f"{blind} thing{'s' if blind > 1 else ''} could not be seen.")
    return reasons


def _failed(verdict: JSON) -> list[str]:
    failed = [check for check in verdict["validity"]["checks"] if not check["ok"]]
    return [f"{check['name']}: {check['claim']}.".replace("..", ".") for check in failed] or [
        "The checks that failed were not recorded."
    ]


def capacity_sentence(verdict: JSON) -> str:
    """What the largest tenant level holds, beside the smallest; "" when nothing can be said."""
    rows = sorted((row for row in verdict["capacity"] if row["tenants"] is not None), key=lambda row: row["tenants"])
    if not rows or not published(verdict):
        return ""
    ends = (rows[-1], rows[0]) if len(rows) > 1 else (rows[0],)
    sentence = "; ".join(f"{_at(row['tenants'])} {_bends(row)}" for row in ends)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _at(level: float) -> str:
    return "with the data as it is" if level == 0 else f"at {tenants(level)}"


def _bends(row: JSON) -> str:
    knee, queue = interval(row["knee_users"]), interval(row["queue_knee_users"])
    if queue and (not knee or row["queue_knee_users"]["value"] < row["knee_users"]["value"]):
        return f"jobs pile up from {queue} on"
    if knee:
        return f"the knee is at {knee}"
    if row["below_users"] is not None:
        return f"the knee lies below {count(row['below_users'])} users, the fewest that were tried"
    tested = row["tested_users"]
    return f"there is no knee up to {count(tested)} users" if tested is not None else "no knee was found"


def between(row: JSON) -> str:
    """The interval of a share, as " (40–55 %)"; "" where there is none."""
    low, high = row["share_low"], row["share_high"]
    if low is None or high is None:
        return ""
    return f" ({percent(low).removesuffix('%').rstrip()}–{percent(high)})"


def finding_at(row: JSON) -> str:
    """Where the limit of a finding is, in users."""
    return f"{count(row['limit_users'])} users" if row["limit_users"] is not None else "not reached"


def runners_up(verdict: JSON) -> list[JSON]:
    """The ranked findings without the first one: those of its tenant level, then those of the others."""
    first = verdict["first"]
    rows = [row for row in verdict["ranked"] if not first or _same(row) != _same(first)]
    return sorted(rows, key=lambda row: bool(first) and row["tenants"] != first["tenants"])


def why_not(row: JSON, verdict: JSON) -> str:
    """Why a finding is not the first bottleneck of the run."""
    leads = any(level["first"] == row["id"] and level["tenants"] == row["tenants"] for level in verdict["levels"])
    return row["why_not_first"] or (f"it comes first at {tenants(row['tenants'])}" if leads else "")


def _same(row: JSON) -> tuple[str, str, str, float | None]:
    return row["id"], row["resource"], row["endpoint"], row["tenants"]
