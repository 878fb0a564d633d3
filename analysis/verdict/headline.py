"""The one true sentence: which bottleneck comes first, at how many tenants and users, and how sure we are."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.ranking.cause_order import NOT_OF_LATENCY
from analysis.ranking.judge import JudgedLevel
from rampart.finding import Finding
from rampart.printable import clean

_SAID = {
    "missing-index": "a missing index on {resource}",
    "n-plus-one": "an N+1 query in {endpoint}",
    "slow-query": "a slow query in {endpoint}",
    "app-pool": "the {resource}",
    "pooler": "{resource}, which clients wait for",
    "db-cpu": "the database's processor",
    "cache-missing": "a missing cache for {endpoint}",
    "sync-work": "work done inside the request of {endpoint} ({resource})",
    "workers": "too few workers on the {resource}",
    "app-cpu": "the application's processor time",
    "downstream": "the {resource} that requests wait for",
    "event-loop-blocked": "a blocked event loop",
    "lock-contention": "locks that transactions wait for ({resource})",
    "idle-in-transaction": "transactions that are left open while nothing is done in them",
    "stale-statistics": "outdated statistics of {resource}",
    "db-connections": "the database's connection slots",
    "primary-reads": "reads that fill the primary database while its replica idles",
    "replica-lag": "a replica that falls behind",
    "db-io": "the database's disk",
    "cache-too-small": "a cache that is too small",
    "cache-stampede": "a stampede on the cache",
    "cache-server": "the {resource}",
    "http-cache-missing": "answers that nobody is told to keep ({resource})",
    "queue-retries": "jobs that fail and come back on the {resource}",
    "memory": "memory that runs out ({resource})",
    "noisy-tenant": "what few take from all others ({resource}, with {endpoint})",
    "rate-limited": "a rate limit in front of the system",
}


def named(finding: Finding) -> str:
    """A finding in words."""
    text = _SAID.get(finding.id, finding.id + " ({resource})")
    return text.format(resource=finding.resource, endpoint=finding.endpoint or "the requests")


def users(knee: KneeEstimate) -> str:
    """`42 users (36 to 50)`."""
    if knee.value is None:
        return "an unknown load"
    return f"{knee.value:.0f} users ({knee.low or 0:.0f} to {knee.high or 0:.0f})"


def headline(levels: Sequence[JudgedLevel], top: JudgedLevel | None) -> str:
    """What a verdict says first: the level that it speaks of, and beside it the lowest one."""
    if top is None:
        return "Nothing was measured."
    said = level_headline(top.level, top.first, top.outcome)
    if top.tied:
        said += f" It cannot be told apart from {' and '.join(named(f) for f in top.tied)}."
    others = [judged for judged in levels if judged is not top and judged.level.knee.value is not None]
    if others and top.first is not None:
        lowest = others[0]
        said += f" At {lowest.level.tenants:,} tenants that was {users(lowest.level.knee)}"
        said += f", limited by {named(lowest.first)}." if lowest.first and lowest.first.id != top.first.id else "."
    return said


def level_headline(level: LevelData, first: Finding | None, outcome: str) -> str:
    """What one tenant level says."""
    at = f"At {level.tenants:,} tenants" if level.tenants else "With the data as it is"
    top = max((p.users for p in level.points if p.why_invalid is None), default=0)
    if outcome == "generator_limited":
        return f"{at} the load generator was the limit, so nothing is said of the target beyond what it could send."
    if outcome == "invalid":
        return f"{at} the measurement cannot be trusted, so no bottleneck is named."
    if first is not None and outcome == "bottleneck":
        effect = _effect(level, first)
        sure = f"{first.status}, confidence {first.confidence:.2f}"
        return f"{at} the first bottleneck is {named(first)}: {effect} ({sure})."
    if outcome == "not_reached":
        return f"{at} no bottleneck was reached up to {top} users."
    if level.knee.below is not None:
        return f"{at} the limit lies below {level.knee.below:.0f} users, the fewest that were tried: begin with fewer."
    return (
        f"{at} throughput stops following the users at {users(level.knee)}, but no cause is supported by the evidence."
    )


def _effect(level: LevelData, first: Finding) -> str:
    """What the first bottleneck does to the level, and from which load on."""
    if first.id in ("workers", "queue-retries"):
        return f"from {users(_queue_knee(level, first))} on jobs pile up faster than they are finished"
    if first.id == "rate-limited":
        return f"from about {first.limit_users:.0f} users on it refuses requests, so this is not what the system can do"
    if first.id == "replica-lag":
        return f"from {first.limit_users:.0f} users on, whoever reads from it sees the past"
    if first.id == "memory" and level.knee.value is None:
        return f"from {first.limit_users:.0f} users on processes hold all that they may, end, and are begun anew"
    effect = f"throughput stops following the users at {users(level.knee)}"
    return (
        effect if first.id in NOT_OF_LATENCY else f"{effect}, and {first.share:.0%} of the added latency is its doing"
    )


def _queue_knee(level: LevelData, first: Finding) -> KneeEstimate:
    return next(
        knee for name, knee in level.queue_knees.items() if clean(name) == first.resource.removeprefix("queue ")
    )
