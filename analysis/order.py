"""Cause before symptom, as data: who explains a statement, and what a cause makes other resources look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector
from rampart.model import Evidence

# Who may explain an expensive statement, the most specific first. A repeated statement without an index is a missing
# index; an expensive answer that a cache would save is cheaper to mend than its query; what is left is capacity.
STATEMENT_CAUSES: Sequence[str] = ("missing-index", "n-plus-one", "cache-missing", "slow-query", "db-cpu")

# What a cause also looks like [probes 13.5]. A symptom is listed as the cause's consequence, never beside it.
SYMPTOMS: Mapping[str, Sequence[str]] = {
    "missing-index": ("db-cpu", "app-pool", "app-cpu", "event-loop-blocked"),
    "n-plus-one": ("db-cpu", "app-cpu", "app-pool", "event-loop-blocked"),
    "cache-missing": ("db-cpu", "app-pool", "app-cpu"),
    "slow-query": ("db-cpu", "app-pool"),
    "db-cpu": ("app-pool",),
    "sync-work": ("app-pool", "event-loop-blocked"),
    "downstream": ("app-pool", "event-loop-blocked"),
    "app-cpu": ("app-pool", "event-loop-blocked"),
}

# The finding whose resource each saturation belongs to.
SATURATION_OF: Mapping[str, str] = {"pool": "app-pool", "busiest app process": "app-cpu", "host cpu": "db-cpu"}


def consequences(finding: str, blame: Blame) -> tuple[str, ...]:
    """The symptoms of a finding that can be seen in what is saturated at the knee."""
    seen = {SATURATION_OF[resource] for resource in blame.saturated if resource in SATURATION_OF}
    return tuple(s for s in SYMPTOMS.get(finding, ()) if s in seen)


def share_out(case: Case, blame: Blame, detectors: Mapping[str, Detector]) -> dict[str, Claims]:
    """Give each statement with blame to the first cause that claims it."""
    given: dict[str, dict[str, Sequence[Evidence]]] = {name: {} for name in detectors}
    for statement in sorted(blame.statements):
        for name in STATEMENT_CAUSES:
            claim = detectors[name].claim
            evidence = claim(case, statement) if claim else None
            if evidence is not None:
                given[name][statement] = evidence
                break
    return dict(given)
