"""Which stage comes next: coarse and rising until the curve has clearly bent, then finer around the bend.

Pure functions of what was seen; the conductor carries them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# A stage below this efficiency is clearly past the knee: the hinge needs one such stage (reference: method 1.2).
SATURATED = 0.75
# Above this the stage is clearly below the knee.
EFFICIENT = 0.93
# Two stages closer than this (ln of their ratio) tell nothing that a repeat would not.
_APART = 0.1
# Errors above this share end the climb; Locust's own users would only hammer a broken target.
BROKEN = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """A finished stage as the plan needs it."""

    users: int
    efficiency: float  # throughput over what the same users would reach without waiting, 0 to about 1
    error_ratio: float
    behind: bool  # a queue filled faster than it was emptied


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


def efficiency(unloaded_s: float, think_s: float, latency_s: float) -> float:
    """(R0+Z)/(R+Z): by the interactive response time law this is X·C0/N, with far less noise in a short stage."""
    return (unloaded_s + think_s) / (latency_s + think_s) if latency_s + think_s > 0 else 1.0


def next_stage(seen: Sequence[Seen], limits: Limits, stages_left: int) -> Next:
    """Decide from all stages of this level so far.

    Climb by the coarse ratio until one stage is saturated (or a queue fell behind in one, or half of the requests
    fail, or the most users are reached); then place the finer stages in the gap around the bend.
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
            return Next(_climb(top, seen, limits), "coarse", "not saturated yet")
        straight = max((s.users for s in seen if s.efficiency >= EFFICIENT), default=0)
        if straight in (0, top):
            return Next(None, "", f"{top} users were held and no more were asked for")
        return _finer(seen, straight, top, limits)  # it bends already, though less than would end a climb
    if not [u for u in good if u < bad[0]]:
        if bad[0] <= 1:
            return Next(None, "", "saturated by a single user")
        return Next(max(1, bad[0] // 3), "coarse", "the lowest stage was saturated")
    return _finer(seen, max(u for u in good if u < bad[0]), bad[0], limits)


def _past(stage: Seen) -> bool:
    return stage.efficiency < SATURATED or stage.behind or stage.error_ratio > BROKEN


def _climb(top: int, seen: Sequence[Seen], limits: Limits) -> int:
    bending = any(s.users == top and s.efficiency < EFFICIENT for s in seen)
    ratio = min(limits.coarse_ratio, 1.6) if bending else limits.coarse_ratio
    wanted = math.ceil(top * ratio)
    return limits.max_users if wanted > limits.max_users / 1.15 else wanted


def _finer(seen: Sequence[Seen], last_good: int, first_bad: int, limits: Limits) -> Next:
    """Around where the curve must have bent: where the lowest saturated stage says, then on both sides."""
    if len(seen) - _coarse_count(seen, limits) >= limits.fine_stages:
        return Next(None, "", f"the knee lies between {last_good} and {first_bad} users")
    knee = _implied_knee(seen, last_good, first_bad)
    ran = [s.users for s in seen]
    for users in (max(1, round(knee * factor)) for factor in (1.0, 1.25, 0.8)):
        if users <= limits.max_users and all(abs(math.log(users / other)) > _APART for other in ran):
            return Next(users, "fine", f"to bracket the knee near {knee:.0f}")
    nearest = min(ran, key=lambda users: (ran.count(users), abs(math.log(users / knee))))
    return Next(nearest, "repeat", "repeats measure how much stages differ by themselves")


def _implied_knee(seen: Sequence[Seen], last_good: int, first_bad: int) -> float:
    """Users times efficiency of the lowest stage from which on all are bent: its throughput is the plateau's.

    Between the two loads where it was not latency that ended the climb, or where throughput fell below that of the
    stage beneath: a collapse says nothing of where it began.
    """
    straight = max((s.users for s in seen if s.efficiency >= EFFICIENT), default=0)
    bent = [s for s in seen if s.users > straight]
    if not any(s.efficiency < SATURATED for s in bent):
        return math.sqrt(last_good * first_bad)
    lowest = min(s.users for s in bent)
    below = max((s.users for s in seen if s.users < lowest), default=0)
    implied = min(s.users * s.efficiency for s in bent if s.users == lowest)
    return implied if implied > below else math.sqrt(max(below, 1) * lowest)


def _coarse_count(seen: Sequence[Seen], limits: Limits) -> int:
    """Stages up to and including the first past the knee that has a good one below it, or the first with all users."""
    for index, stage in enumerate(seen):
        if _past(stage) and any(not _past(s) and s.users < stage.users for s in seen[: index + 1]):
            return index + 1
        if not _past(stage) and any(_past(s) and s.users > stage.users for s in seen[:index]):
            return index + 1
        if stage.users >= limits.max_users:
            return index + 1
    return len(seen)
