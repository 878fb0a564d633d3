"""The one true sentence: which bottleneck comes first, at how many tenants and users, and how sure we are."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.detectors._detector import Measures
from analysis.detectors._found import every_detector, of_latency
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.ranking.gains import of_limit
from analysis.ranking.judge import JudgedLevel
from analysis.stages.validity import Check
from analysis.verdict.failures import failures
from analysis.verdict.held_words import held, repeat, unknown
from rampart import resources
from rampart.finding import Finding
from rampart.printable import clean
from rampart.verdict import UNTRUSTED

TOO_EARLY = "The run was interrupted before its first stage ended"


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


def headline(
    levels: Sequence[JudgedLevel], top: JudgedLevel | None, beside: str, checks: Sequence[Check], *, interrupted: bool
) -> str:
    """What a verdict says first: the level that it speaks of, beside it the lowest one, and what weakens it.

    `beside` is what is said of the target's failures at that level.
    """
    if top is None or (interrupted and not top.level.points):
        return f"{TOO_EARLY}: nothing was measured." if interrupted else "Nothing was measured."
    failed = [check for check in checks if not check.ok]
    if top.outcome in UNTRUSTED:
        return level_headline(top, failed)
    said = level_headline(top)
    if top.tied:
        said += f" It cannot be told apart from {' and '.join(named(f) for f in top.tied)}."
    return said + _lowest(levels, top) + ("" if top.outcome == "target_failed" else beside) + _weakened(failed)


def _lowest(levels: Sequence[JudgedLevel], top: JudgedLevel) -> str:
    """The knee of the lowest level, beside that of the one that the verdict speaks of."""
    others = [judged for judged in levels if judged is not top and judged.level.knee.value is not None]
    if not others or top.first is None:
        return ""
    lowest = others[0]
    limited = f", limited by {named(lowest.first)}" if lowest.first and lowest.first.id != top.first.id else ""
    return f" At {lowest.level.tenants:,} tenants the knee was at {users(lowest.level.knee)}{limited}."


def _weakened(failed: Sequence[Check]) -> str:
    """The checks that failed, by name: what they say stands below the headline in every view."""
    if not failed:
        return ""
    names = ", ".join(check.name for check in failed)
    return f" Weakened by {'a check that' if len(failed) == 1 else 'checks that'} failed: {names}."


def level_headline(judged: JudgedLevel, failed: Sequence[Check] = ()) -> str:
    """What one tenant level says; `failed` are the checks that make a measurement one that cannot be trusted."""
    level, first, outcome = judged.level, judged.first, judged.outcome
    at = f"At {level.tenants:,} tenants" if level.tenants else "With the data as it is"
    worst = max(failed, key=lambda check: check.fatal, default=None)
    why = f" The check that failed: {worst.name} ({worst.claim})." if worst else ""
    if outcome == "generator_limited":
        return (
            f"{at} the load generator was the limit, so nothing is said of the target beyond what it could send.{why}"
        )
    if outcome == "invalid":
        return f"{at} the measurement cannot be trusted, so no bottleneck is named.{why}"
    if outcome == "target_failed":
        return f"{at} {_failed(judged)}"
    if first is not None:
        sure = f"{first.status}, confidence {first.confidence:.2f}"
        return (
            f"{at} {held(level)}; the first bottleneck is {named(first)}: {_effect(level, first)} ({sure})."
            + _bought(judged, first)
        )
    if outcome == "not_reached":
        return f"{at} {held(level)}: no bottleneck was reached."
    return f"{at} {held(level)}{_undecided(level)}"


def _failed(judged: JudgedLevel) -> str:
    """What became of a target that failed, and what was seen before."""
    level, rows = judged.level, failures([judged.level])
    said = next((row.sentence for row in rows if row.came_back is False), rows[0].sentence if rows else "")
    if not level.target_gone:
        return f"the target failed at the lowest load already. {said}"
    before = next((f for f in judged.ranked if f.status == "supported" and f.limit_users is not None), None)
    suspect = f" Before that, {named(before)} was its limit." if before else ""
    return f"{held(level)}, and the target failed. {said}{suspect}"


def _undecided(level: LevelData) -> str:
    if level.knee.below is not None:
        return f"; the limit lies below {level.knee.below:,.0f} users, the fewest that were tried: begin with fewer."
    queues = [knee for knee in level.queue_knees.values() if knee.value is not None]
    if level.knee.value is not None:
        limit = f"throughput stops following the users at {users(level.knee)}"
    elif queues:
        limit = f"jobs pile up from {users(min(queues, key=lambda knee: knee.value or 0.0))} on"
    else:
        return unknown(level)
    return f"; {limit}, but no cause is supported by the evidence.{repeat(level)}"


def _effect(level: LevelData, first: Finding) -> str:
    """What the first bottleneck does to the level, and from which load on."""
    detector = every_detector()[first.id]
    if detector.effect and not (detector.effect_only_without_knee and level.knee.value is not None):
        jobs_knee = users(_queue_knee(level, first)) if detector.measures is Measures.JOBS else ""
        return detector.effect.format(limit=f"{first.limit_users:.0f}", jobs_knee=jobs_knee)
    effect = f"throughput stops following the users at {users(level.knee)}"
    return f"{effect}, and it explains {first.share:.0%} of the added latency" if of_latency(first) else effect


def _bought(judged: JudgedLevel, first: Finding) -> str:
    """What its remedy alone would buy; nothing where that is not known."""
    after = judged.order.joint[1:]
    one = judged.gains.get(first.id) if not after else judged.joint_gain()
    if one is None or first.limit_users is None:
        return ""
    by, now = of_limit(one, first), first.limit_users
    unseen = judged.network is not None and judged.network.servers[0].name == resources.UNSEEN
    its = "If this is the cause, its" if unseen else "Its"
    alone = f"alone shows little. With that of {' and '.join(named(f) for f in after)} it" if after else "alone"
    return (
        f" {its} remedy {alone} would raise {'the knee' if now == judged.level.knee.value else 'this limit'} "
        f"from {now:.0f} to about {now * by.value:.0f} users ({now * by.low:.0f} to {now * by.high:.0f})."
    )


def _queue_knee(level: LevelData, first: Finding) -> KneeEstimate:
    return next(
        knee for name, knee in level.queue_knees.items() if clean(name) == first.resource.removeprefix("queue ")
    )
