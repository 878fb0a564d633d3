"""What was predicted to come next beside what came, remedy by remedy of a climb.

The prediction is the verdict's before a remedy (`next`), made from that ramp alone. What came is what was mended after
it, for that moved the capacity; at the top of a climb it is what the last ramp names first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.thresholds import TOLD_APART
from conductor.ladder.capacity import capacity, moved
from flawbank.first_limit import FirstLimit, first_limit
from rampart.model import JSON
from rampart.prediction import PredictedLimit
from rampart.verdict import Verdict

_RUNGS, _SHARE = 8, 0.7  # wanted: rungs with a successor in all climbs, and the share of either score
_SHARP, _NARROW = 2.0, 3.0  # factors: the widest interval of a truth that is scored, and of a prediction that is right


@dataclass(frozen=True, slots=True)
class Step:
    """One remedy of a climb: what was predicted to be the limit after it, and what was."""

    climb: str
    mended: str
    kept: bool  # a rung; else a misstep, which was undone
    predicted: tuple[PredictedLimit, ...]  # the nearest first; (): it was not named first, so nothing was predicted
    came: str | None  # finding id; None: no limit was left, or it has no name
    tied: frozenset[str]  # what cannot be told apart from what came, by the verdict or because its remedy moved nothing
    limit: FirstLimit | None

    @property
    def nearest(self) -> tuple[PredictedLimit, ...]:
        """The first limit that is predicted, and those that would be reached together with it."""
        reach = TOLD_APART * self.predicted[0].users if self.predicted else 0.0
        return tuple(row for row in self.predicted if row.users <= reach)

    @property
    def told(self) -> PredictedLimit | None:
        """Of the limits that are predicted together the one that names what came, else the first of them."""
        fitting = [row for row in self.nearest if row.id in {self.came, *self.tied}]
        return next(iter([*fitting, *self.nearest]), None)

    @property
    def named(self) -> bool:
        return self.told is not None and self.told.id in {self.came, *self.tied}

    @property
    def named_strictly(self) -> bool:
        """The same without any tie."""
        return bool(self.predicted) and self.predicted[0].id == self.came

    @property
    def sharp(self) -> bool:
        """Whether the users of what came are known well enough to be a truth."""
        limit = self.limit
        return limit is not None and limit.reached and limit.users.high <= _SHARP * limit.users.low

    @property
    def placed(self) -> bool:
        """Whether the users of what came lie inside a predicted interval that is narrow enough to say something."""
        row, limit = self.told, self.limit
        if row is None or limit is None or row.users_high > _NARROW * row.users_low:
            return False
        return row.users_low <= limit.users.value <= row.users_high


def steps(climb: str, told: JSON, judged: Callable[[str], Verdict]) -> list[Step]:
    """The remedies of one climb, rungs before missteps.

    `told` is its `ladder.json`, of which only what was done counts; `judged` gives the verdict of a run by its folder's
    name, blind to what was planted.
    """
    level, rungs = told["tenants"][-1], told["rungs"]
    rows = [(row, True, rungs[number:]) for number, row in enumerate(rungs, 1)]
    rows += [(row, False, []) for row in told["missteps"]]
    found = []
    for row, kept, later in rows:
        mended, before, after = row["finding"]["id"], judged(row["run_before"]), judged(row["run"])
        came, tied = _came(after, level, [(one["finding"]["id"], judged(one["run"])) for one in later])
        first = before.first is not None and (before.first.id, before.first.tenants) == (mended, level)
        predicted = before.next if first else ()  # it is of what remains once the first is mended
        found.append(Step(climb, mended, kept, predicted, came, tied, first_limit(after, level)))
    return found


def _came(after: Verdict, level: int, later: Sequence[tuple[str, Verdict]]) -> tuple[str | None, frozenset[str]]:
    """What came after a remedy, and what is tied with it.

    `later` has what was mended from then on, each with the verdict after it. What moves nothing by itself is tied with
    what is mended after it: only together are they lifted.
    """
    here = after.first.id if after.first is not None and after.first.tenants == level else None
    came = later[0][0] if later else here
    tied = set(after.tied_with) if here == came else set()  # else its remedy was tried and moved nothing
    before = after
    for (_, then), (following, _) in pairwise(later):
        if moved(capacity(before, level), capacity(then, level)):
            break
        tied.add(following)
        before = then
    return came, frozenset(tied - {came})


def figures(found: Sequence[Step]) -> JSON:
    """All figures: over the rungs of all climbs, and those of missteps by themselves."""
    rungs, undone = ([one for one in found if one.came and one.kept is kept] for kept in (True, False))
    sharp = [one for one in rungs if one.sharp]
    widths = [one.told.users_high / one.told.users_low for one in sharp if one.told is not None]
    return {
        "climbs": len({one.climb for one in found}),
        "rungs": sum(one.kept for one in found),
        "with_successor": len(rungs),
        "named": _share([one.named for one in rungs]),
        "named_strictly": _share([one.named_strictly for one in rungs]),
        "sharp": len(sharp),
        "placed": _share([one.placed for one in sharp]),
        "median_width": float(np.median(widths)) if widths else None,
        "undone": len(undone),
        "undone_named": _share([one.named for one in undone]),
    }


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def bench(told: JSON) -> JSON:
    """The last line, for a machine: each goal with whether it is met."""
    goals = {
        "with_successor": [_RUNGS, told["with_successor"] >= _RUNGS],
        **{name: [_SHARE, told[name] is not None and told[name] >= _SHARE] for name in ("named", "placed")},
    }
    return {"bench": "climbs", "figures": told, "goals": goals}


def table(found: Sequence[Step]) -> Iterator[str]:
    """Remedy by remedy: what was predicted, what came, and whether that was right."""
    for one in found:
        rows = ", ".join(f"{r.id} at {r.users:.0f} ({r.users_low:.0f} to {r.users_high:.0f})" for r in one.nearest)
        tied = f" (tied: {', '.join(sorted(one.tied))})" if one.tied else ""
        came = f"{one.came or 'nothing'}{tied} at {one.limit.words if one.limit else 'an unknown number'}"
        mended = f"{one.mended}{'' if one.kept else ', undone'}"
        yield f"  {one.climb:<8} {mended:<30} predicted {rows or 'nothing'}; came {came}: {_mark(one)}"


def _mark(one: Step) -> str:
    if one.came is None:
        return "not counted"
    users = ("users right" if one.placed else "users WRONG") if one.sharp else "users not sharp"
    return f"{'name right' if one.named else 'name WRONG'}, {users}"
