"""What remedies were predicted to buy beside what they bought: a ramp with each flaw, and one without it.

A gain is the knee after the remedy over the knee before it, of requests or of jobs, whichever comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from flawbank.first_limit import FirstLimit, first_limit
from rampart.finding import Interval
from rampart.model import JSON
from rampart.verdict import Verdict

_FLAWS, _ERROR, _COVERED, _WIDTH = 13, 0.25, 0.9, 2.0  # wanted
_OF_CONSTANT = 0.5  # of the error of the best constant


@dataclass(frozen=True, slots=True)
class Gained:
    """One flaw: what the ramp with it predicted of its remedy, and what the ramp without it showed."""

    flaw: str
    named: bool  # whether the ramp with the flaw names it first
    predicted: Interval | None  # the gain; None: the verdict gives none
    before: FirstLimit | None
    after: FirstLimit | None

    @property
    def measured(self) -> bool:
        """Whether the two ramps tell a gain, or how large it is at least."""
        return self.before is not None and self.before.reached and self.after is not None

    @property
    def seen(self) -> float:
        """The gain; where the ramp without the flaw met no limit, what it is at least."""
        assert self.before is not None and self.after is not None
        return self.after.users.value / self.before.users.value

    @property
    def exact(self) -> bool:
        """Whether the gain is known, and not only that it is at least so much."""
        return self.measured and self.after is not None and self.after.reached

    @property
    def error(self) -> float:
        """ln of predicted over seen; infinite where nothing was predicted."""
        return math.log(self.predicted.value / self.seen) if self.predicted else math.inf

    @property
    def covered(self) -> bool:
        """Whether what was seen lies inside the predicted interval, or, of what is at least so much, below its end."""
        if self.predicted is None:
            return False
        return self.seen <= self.predicted.high and (not self.exact or self.predicted.low <= self.seen)

    @property
    def overlapping(self) -> bool:
        """The same with what is not known of the two knees: whether the intervals meet."""
        if self.predicted is None or not self.exact or self.before is None or self.after is None:
            return self.covered
        before, after = self.before.users, self.after.users
        low, high = (self.seen * math.exp(sign * _spread(before, after, sign)) for sign in (-1, 1))
        return low <= self.predicted.high and self.predicted.low <= high


def _spread(before: Interval, after: Interval, sign: int) -> float:
    """How far ln of the ratio of two independent knees may lie to one side of its value, at 95 %."""
    up, down = (after.high, before.low) if sign > 0 else (after.low, before.high)
    return math.hypot(math.log(up / after.value), math.log(down / before.value))


def gained(flaw: str, finding: str, tenants: int, with_it: Verdict, without: Verdict) -> Gained:
    """A pair of ramps judged; `finding` is what the flaw must be named as.

    The verdict's gain is of the finding's own limit, which may lie above the first knee of the ramp.
    """
    before, after = first_limit(with_it, tenants), first_limit(without, tenants)
    rows = (row for row in with_it.ranked if row.id == finding and row.tenants == tenants and row.gain is not None)
    found = next(rows, None)
    predicted = found.gain if found else None
    if found is not None and predicted is not None and before is not None and found.limit_users is not None:
        by = found.limit_users / before.users.value
        predicted = Interval(by * predicted.value, by * predicted.low, by * predicted.high)
    named = with_it.first is not None and with_it.first.id == finding
    return Gained(flaw, named, predicted, before, after)


def best_constant(seen: Sequence[float]) -> float:
    """The median |ln| error of the one gain that does best for all of some that were seen."""
    logs = np.log(seen)
    return float(min(np.median(np.abs(logs - guess)) for guess in np.linspace(logs.min(), logs.max(), 400)))


def figures(rows: Sequence[Gained]) -> JSON:
    """All figures; a flaw of which no gain was predicted counts as an infinite error, outside of any interval."""
    measured = [row for row in rows if row.measured]
    exact = [row for row in measured if row.exact]
    widths = [row.predicted.high / row.predicted.low for row in measured if row.predicted is not None]
    error = float(np.median([abs(row.error) for row in exact])) if exact else math.inf
    return {
        "flaws": len(measured),
        "lower_bounds": len(measured) - len(exact),
        "named": sum(row.named for row in measured),
        "not_predicted": [row.flaw for row in measured if row.predicted is None],
        "not_measured": [row.flaw for row in rows if not row.measured],
        "median_ln_error": error if math.isfinite(error) else None,
        "best_constant_ln_error": best_constant([row.seen for row in exact]) if exact else None,
        "covered": sum(row.covered for row in measured) / len(measured) if measured else None,
        "overlapping": sum(row.overlapping for row in measured) / len(measured) if measured else None,
        "median_width": float(np.median(widths)) if widths else None,
    }


def bench(told: JSON) -> JSON:
    """The last line, for a machine: each goal with whether it is met."""
    error, constant = told["median_ln_error"], told["best_constant_ln_error"]
    half = None if constant is None else _OF_CONSTANT * constant
    goals = {
        "flaws": [_FLAWS, told["flaws"] >= _FLAWS],
        "median_ln_error": [_ERROR, error is not None and error <= _ERROR],
        "half_of_best_constant": [half, error is not None and half is not None and error <= half],
        "covered": [_COVERED, told["covered"] is not None and told["covered"] >= _COVERED],
        "median_width": [_WIDTH, told["median_width"] is not None and told["median_width"] <= _WIDTH],
    }
    return {"bench": "gain-ramps", "figures": told, "goals": goals}


def table(rows: Sequence[Gained]) -> Iterator[str]:
    """One line for each flaw: predicted, seen, and how far they lie apart."""
    for row in rows:
        guess = row.predicted
        told = f"×{guess.value:.2f} ({guess.low:.2f} to {guess.high:.2f})" if guess else "nothing"
        knees = f"knee {_words(row.before)} → {_words(row.after)}"
        yield f"  {row.flaw:<22} {knees}; predicted {told}, {_seen(row)}{'' if row.named else '; not named first'}"


def _seen(row: Gained) -> str:
    if not row.measured:
        return "NOT MEASURED"
    inside = "" if row.covered else ", OUTSIDE"
    if not row.exact:
        return f"seen at least ×{row.seen:.2f}{inside}"
    return f"seen ×{row.seen:.2f}, ln {row.error:+.2f}{inside}"


def _words(limit: FirstLimit | None) -> str:
    return limit.words if limit else "unknown"
