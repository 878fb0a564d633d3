"""What a level held, in words: the headline's number; and where that is not known, what to repeat to know it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.level.level_data import LevelData
from analysis.level.objective import ANSWERS, VIOLATIONS, most_tried, slo_bracket
from analysis.stages.operating_point import Point
from analysis.verdict.failures import people

_BY = {
    "answers": "answers that did not come",
    "failures": "errors",
    "latency": "latency",
    "violations": "wrong answers",
}
_REASONS = 2  # of spoiled stages, that are told


def held(level: LevelData) -> str:
    """`60 users are held within the objective`, or what keeps it from being said."""
    bracket = slo_bracket(level)
    if bracket.met is not None:
        top = ", the most that were tried," if bracket.met == most_tried(level) else ""
        return f"{people(bracket.met)}{top} {'is' if bracket.met == 1 else 'are'} held within the objective"
    if bracket.missed is not None:
        by = _by(bracket.missed_by)
        return f"no load is held within the objective ({_misses(bracket.missed)} by {by})"
    return "no stage tells which load is held"


def unknown(level: LevelData) -> str:
    """Where no knee shows and the objective was not met at the most users that were tried: why, and what to repeat."""
    bracket, most = slo_bracket(level), most_tried(level)
    where = f"no knee shows up to {most:,} users"
    if bracket.missed is not None and bracket.met is not None:
        where = f"{_miss(level, bracket.missed, bracket.missed_by)}, and {where}"
    if again := repeat(level):
        stages = len(_spoiled(level.points))
        return f"; {where}, of which {stages} stage{'s' if stages > 1 else ''} cannot be trusted.{again}"
    if VIOLATIONS in bracket.missed_by:
        return f"; {where}. Repeat once the wrong answers are mended."
    if bracket.missed is not None:
        low = bracket.met or max(1, bracket.missed // 3)
        return f"; {where}. Repeat with more stages from {low:,} to {bracket.missed:,} users."
    return f"; {where}. Repeat with longer stages: there are too few requests to tell."


def more_stages(level: LevelData) -> str:
    """What the loads that were tried leave open, as advice; "" where they tell the knee."""
    if level.knee.below is not None:
        return f"Begin the ramp below {level.knee.below:,.0f} users, the fewest that were tried."
    if level.knee.value is not None or any(knee.value is not None for knee in level.queue_knees.values()):
        return ""
    return repeat(level).strip() or unknown(level).rsplit(". ", 1)[-1]


def repeat(level: LevelData) -> str:
    """Which loads to repeat because their stages were spoiled, and what to see to before; "" where none was."""
    spoiled = _spoiled(level.points)
    if not spoiled:
        return ""
    return f" Repeat {_listed(sorted({p.users for p in spoiled}))} users: {_reasons(spoiled)}."


def _miss(level: LevelData, users: int, by: Sequence[str]) -> str:
    """`280 users miss it by latency (p95 9.0 s)`: the slowest of the stages that tell."""
    p95 = [level.requests.quantile(p.index, 0.95) or 0.0 for p in level.points if p.users == users and p.requests]
    slow = f" (p95 {max(p95) / 1000:.1f} s)" if p95 and not {ANSWERS, VIOLATIONS} & set(by) else ""
    return f"{_misses(users)} by {_by(by)}{slow}"


def _misses(users: int) -> str:
    return f"{people(users)} miss{'es' if users == 1 else ''} it"


def _by(parts: Sequence[str]) -> str:
    return " and ".join(_BY.get(part, part) for part in parts)


def _spoiled(points: Sequence[Point]) -> list[Point]:
    """Stages that do not count, at loads of which no other stage does."""
    counted = {p.users for p in points if p.why_invalid is None}
    return [p for p in points if p.why_invalid is not None and p.unanswered is None and p.users not in counted]


def _reasons(spoiled: Sequence[Point]) -> str:
    counts = Counter(str(p.why_invalid) for p in spoiled)
    told = [reason for reason, _ in counts.most_common(_REASONS)]
    more = f"; and {len(counts) - _REASONS} more" if len(counts) > _REASONS else ""
    return "; ".join(told) + more


def _listed(users: Sequence[int]) -> str:
    *first, last = (f"{one:,}" for one in users)
    return f"{', '.join(first)} and {last}" if first else last
