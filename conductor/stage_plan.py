"""Which stage comes next: coarse and rising until the curve has clearly bent, then finer around the bend.

Pure functions of what was seen; the conductor carries them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.stages.comparison import clearly_more
from analysis.stages.interactive_law import per_user
from analysis.thresholds import EFFICIENT, PAST_KNEE

# Two stages closer than this (ln of their ratio) tell nothing that a repeat would not.
_APART = 0.1
# How far beyond the highest load the next is where the bend is not sure, and how many such there are at most.
_FURTHER, _FURTHER_STAGES = 1.4, 2
# Errors above this share end the climb; Locust's own users would only hammer a broken target.
BROKEN = 0.5


@dataclass(frozen=True, slots=True)
class FinishedStage:
    """A finished stage as the plan needs it."""

    users: int
    efficiency: float  # see analysis/stages/interactive_law.py
    error_ratio: float
    behind: bool  # a queue filled faster than it was emptied
    requests: int  # counted in it
    seconds: float
    purpose: str
    mean_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a level may cost."""

    first_users: int
    max_users: int
    coarse_ratio: float = 2.0
    fine_stages: int = 3


@dataclass(frozen=True, slots=True)
class Next:
    """The stage to run next; no users: the level is done, and why."""

    users: int | None
    purpose: str
    reason: str


def bent(seen: Sequence[FinishedStage]) -> bool:
    """Whether a stage was past the knee."""
    return any(_past(s) for s in seen)


def next_stage(seen: Sequence[FinishedStage], limits: Limits, stages_left: int) -> Next:
    """Decide from all stages of this level so far.

    Climb by the coarse ratio until one stage is past the knee and its throughput shows it (or a queue fell behind in
    one, or half of the requests fail, or the most users are reached); then place the finer stages around the bend.
    """
    if stages_left <= 0:
        return Next(None, "", "the time for this level is used up")
    if not seen:
        return Next(limits.first_users, "coarse", "the first stage")
    bad = sorted({s.users for s in seen if _past(s)})
    good = [s.users for s in seen if not _past(s)]
    if not bad:
        top = max(good)
        if top < limits.max_users:
            return Next(_climb(top, seen, limits), "coarse", "not past the knee yet")
        straight = max((s.users for s in seen if s.efficiency >= EFFICIENT), default=0)
        if straight in (0, top):
            return Next(None, "", f"{top} users were held and no more were asked for")
        return _finer(seen, straight, top, limits)  # it bends already, though less than would end a climb
    if not [u for u in good if u < bad[0]]:
        if bad[0] <= 1:
            return Next(None, "", "a single user is past the knee")
        return Next(max(1, bad[0] // 3), "coarse", "the lowest stage was past the knee")
    if bad[-1] < limits.max_users and not _shown(seen, bad[-1]):
        return Next(_climb(bad[-1], seen, limits), "coarse", "latency bends and throughput has yet to show it")
    if not any(s.efficiency >= EFFICIENT or s.users < limits.first_users for s in seen) and limits.first_users > 1:
        return Next(limits.first_users // 2, "coarse", "the lowest stage is no longer on the straight line")
    return _finer(seen, max(u for u in good if u < bad[0]), bad[0], limits)


def further(seen: Sequence[FinishedStage], limits: Limits, stages_left: int, ran: int) -> Next | None:
    """A load beyond the highest, once a level is done whose bend is in doubt; `ran` of them there were already.

    None: there is no time or no room for it, or throughput is not what ended the climb.
    """
    top = max((s.users for s in seen), default=limits.max_users)
    if stages_left <= 0 or ran >= _FURTHER_STAGES or top >= limits.max_users:
        return None
    if not bent(seen) or any(s.behind or s.error_ratio > BROKEN for s in seen):
        return None
    return Next(min(math.ceil(top * _FURTHER), limits.max_users), "coarse", "the bend is not sure yet")


def _past(stage: FinishedStage) -> bool:
    return stage.efficiency < PAST_KNEE or stage.behind or stage.error_ratio > BROKEN


def _shown(seen: Sequence[FinishedStage], top: int) -> bool:
    """Whether the highest stage ended the climb by itself, or has clearly less throughput a user than one below it.

    The fit sees throughput alone, and latency may have bent against the profile long before.
    """
    highest = [s for s in seen if s.users == top]
    if any(s.behind or s.error_ratio > BROKEN for s in highest):
        return True
    pairs = [(one, other) for one in highest for other in seen]
    return any(clearly_more(per_user(low), per_user(top), (low.requests, top.requests)) for top, low in pairs)


def _climb(top: int, seen: Sequence[FinishedStage], limits: Limits) -> int:
    bending = any(s.users == top and s.efficiency < EFFICIENT for s in seen)
    ratio = min(limits.coarse_ratio, 1.6) if bending else limits.coarse_ratio
    wanted = math.ceil(top * ratio)
    return limits.max_users if wanted > limits.max_users / 1.15 else wanted


def _finer(seen: Sequence[FinishedStage], last_good: int, first_bad: int, limits: Limits) -> Next:
    """Around where the curve must have bent: where the most throughput seen says, then on both sides."""
    if sum(s.purpose != "coarse" for s in seen) >= limits.fine_stages:
        return Next(None, "", f"the curve bends between {last_good} and {first_bad} users")
    bend = _bend(seen, last_good, first_bad)
    ran = [s.users for s in seen]
    for users in (max(1, round(bend * factor)) for factor in (1.0, 1.25, 0.8)):
        if users <= limits.max_users and all(abs(math.log(users / other)) > _APART for other in ran):
            return Next(users, "fine", f"to bracket the bend near {bend:.0f}")
    nearest = min(ran, key=lambda users: (ran.count(users), abs(math.log(users / bend))))
    return Next(nearest, "repeat", "repeats measure how much stages differ by themselves")


def _bend(seen: Sequence[FinishedStage], last_good: int, first_bad: int) -> float:
    """Users at which the straight line reaches the most throughput seen: where to look next, and no estimate of a knee.

    Between two loads where it was not latency that ended the climb, or where that most throughput lies on the line
    itself: less beyond it is a collapse, and says nothing of where it began.
    """
    if not any(s.efficiency < PAST_KNEE and s.error_ratio <= BROKEN for s in seen):
        return math.sqrt(last_good * first_bad)
    served = [s for s in seen if s.error_ratio <= BROKEN]
    best, steepest = max(served, key=lambda s: s.requests / s.seconds), max(map(per_user, served))
    beyond = min((s.users for s in seen if s.users > best.users), default=best.users)
    if per_user(best) >= EFFICIENT * steepest:
        return math.sqrt(best.users * beyond)
    return best.users * per_user(best) / steepest
