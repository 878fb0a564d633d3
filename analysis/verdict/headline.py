"""The one true sentence: which bottleneck comes first, at how many tenants and users, and how sure we are."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.detectors._detector import Measures
from analysis.detectors._found import every_detector, of_latency
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.ranking.judge import JudgedLevel
from rampart.finding import Finding
from rampart.printable import clean


def named(finding: Finding) -> str:
    """A finding in words."""
    detector = every_detector().get(finding.id)
    text = detector.headline if detector else finding.id + " ({resource})"
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
    detector = every_detector()[first.id]
    if detector.effect and not (detector.effect_only_without_knee and level.knee.value is not None):
        jobs_knee = users(_queue_knee(level, first)) if detector.measures is Measures.JOBS else ""
        return detector.effect.format(limit=f"{first.limit_users:.0f}", jobs_knee=jobs_knee)
    effect = f"throughput stops following the users at {users(level.knee)}"
    return f"{effect}, and it explains {first.share:.0%} of the added latency" if of_latency(first) else effect


def _queue_knee(level: LevelData, first: Finding) -> KneeEstimate:
    return next(
        knee for name, knee in level.queue_knees.items() if clean(name) == first.resource.removeprefix("queue ")
    )
