"""Cause before symptom, as data: who explains a statement, and what a cause makes other resources look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector
from analysis.level.level_data import LevelData
from rampart import resources
from rampart.finding import Evidence, Finding
from rampart.resources import ResourceName

# Who may explain an expensive statement, the most specific first. A repeated statement without an index is a missing
# index; an expensive answer that a cache would save is cheaper to mend than its query; what is left is capacity.
# No statistics can choose an index that does not exist, so a missing index comes before them. Nor do locks come before
# either: a statement that scans holds its locks for as long. A lock that is held by nobody's work is not contention. A
# cache that is there and fails comes before one that is missing, and the disk before what is slow for no better reason.
# A replica would run what is wasteful twice: it comes after all that is waste, and takes no statement that is too slow.
STATEMENT_CAUSES: Sequence[str] = (
    "missing-index", "stale-statistics", "idle-in-transaction", "lock-contention", "n-plus-one", "cache-stampede",
    "cache-too-small", "cache-missing", "db-io", "primary-reads", "slow-query",
    "db-cpu",
)  # fmt: skip

# What a cause also looks like, by what waits for what: judged. A symptom is listed as its consequence, never beside it.
SYMPTOMS: Mapping[str, Sequence[str]] = {
    "missing-index": ("db-cpu", "app-pool", "app-cpu", "event-loop-blocked", "pooler"),
    "stale-statistics": ("db-cpu", "app-pool", "app-cpu", "event-loop-blocked", "pooler"),
    "n-plus-one": ("db-cpu", "app-cpu", "app-pool", "event-loop-blocked", "pooler"),
    "cache-missing": ("db-cpu", "app-pool", "app-cpu"),
    "cache-stampede": ("db-cpu", "app-pool", "app-cpu"),
    "cache-too-small": ("db-cpu", "app-pool", "app-cpu"),
    "http-cache-missing": ("app-cpu", "app-pool", "event-loop-blocked"),
    "cache-server": ("event-loop-blocked", "app-pool"),
    "slow-query": ("db-cpu", "app-pool", "pooler"),
    "primary-reads": ("db-cpu", "app-pool"),
    "db-cpu": ("app-pool", "pooler"),
    "db-io": ("app-pool", "pooler"),
    "db-connections": ("app-pool",),
    "pooler": ("app-pool",),
    "lock-contention": ("app-pool", "db-connections", "pooler"),
    "idle-in-transaction": ("app-pool", "db-connections", "pooler"),
    "queue-retries": ("workers",),
    "sync-work": ("app-pool", "event-loop-blocked", "app-cpu"),
    "noisy-tenant": ("sync-work", "app-cpu", "db-cpu", "app-pool", "event-loop-blocked"),
    "event-loop-blocked": ("app-pool", "pooler"),
    "downstream": ("app-pool", "event-loop-blocked"),
    "app-cpu": ("app-pool", "event-loop-blocked"),
    "memory": ("app-cpu", "db-io", "app-pool", "event-loop-blocked"),
}

# Two findings about the very same waiting, the cause first: whatever their shares, the other gives way.
YIELDS: Mapping[str, Sequence[str]] = {
    "queue-retries": ("workers",),
    "idle-in-transaction": ("app-pool", "pooler"),
    "db-connections": ("app-pool",),
    "pooler": ("app-pool",),
    # All that a process was answering is lost with it, and comes again to one that has to begin.
    "memory": ("app-cpu", "app-pool", "event-loop-blocked"),
    # Work that only one tenant's size makes long is that tenant's.
    "noisy-tenant": ("sync-work", "app-cpu"),
}

# Findings whose share is of something else than the added latency; each says of what in its evidence.
NOT_OF_LATENCY = frozenset({"workers", "queue-retries", "rate-limited", "db-connections", "memory", "replica-lag"})

# The finding whose resource each saturation belongs to.
SATURATION_OF: Mapping[ResourceName, str] = {
    resources.POOL: "app-pool",
    resources.POOLER: "pooler",
    resources.APP_PROCESS: "app-cpu",
    resources.HOST_CPU: "db-cpu",
    resources.DB_PROCESSOR: "db-cpu",
    resources.CONNECTIONS: "db-connections",
}


def consequences(finding: Finding, attribution: Attribution, supported: Sequence[Finding]) -> tuple[str, ...]:
    """The symptoms of a finding that can be seen in what is saturated at the knee, or that give way to it."""
    seen = {SATURATION_OF[resource] for resource in attribution.saturated if resource in SATURATION_OF}
    seen |= {other.id for other in supported if _gives_way(other, finding)}
    slowed = sorted(other.id for other in supported if _slows(other, finding))
    return tuple(dict.fromkeys([*(s for s in SYMPTOMS.get(finding.id, ()) if s in seen), *slowed]))


def causes(candidates: Sequence[Finding]) -> list[Finding]:
    """The candidates without those that give way to another of them."""
    return [f for f in candidates if not any(_gives_way(f, cause) for cause in candidates)]


def foremost(together: Sequence[Finding]) -> tuple[Finding, list[Finding]]:
    """Of findings whose limits are reached together the first, and those that cannot be told from it.

    The largest share is first; where shares cannot be told apart, what the largest is a symptom of.
    """
    largest = max(together, key=lambda f: (f.share, f.id))
    close = [f for f in together if largest.share - f.share < thresholds.TIE]
    first = max(close, key=lambda f: (largest.id in SYMPTOMS.get(f.id, ()), f.share, f.id))
    return first, [f for f in close if f is not first]


def _gives_way(finding: Finding, cause: Finding) -> bool:
    """Whether both are about the same waiting; each queue has its own."""
    same = not finding.family == cause.family == "queue" or finding.resource == cause.resource
    return (same and finding.id in YIELDS.get(cause.id, ())) or _slows(finding, cause)


def _slows(finding: Finding, cause: Finding) -> bool:
    """Whether the work of `finding` takes longer for want of what `cause` is about: both are at their limit at once."""
    if not finding.slowed or finding.family == cause.family or finding.limit_users is None:
        return False
    return cause.limit_users is not None and cause.limit_users <= thresholds.TOGETHER * finding.limit_users


def share_out(level: LevelData, attribution: Attribution, detectors: Mapping[str, Detector]) -> dict[str, Claims]:
    """Give each statement with blame to the first cause that claims it."""
    given: dict[str, dict[str, Sequence[Evidence]]] = {name: {} for name in detectors}
    for statement in sorted(attribution.statements):
        for name in STATEMENT_CAUSES:
            claim = detectors[name].claim if name in detectors else None
            evidence = claim(level, statement) if claim else None
            if evidence is not None:
                given[name][statement] = evidence
                break
    return dict(given)
