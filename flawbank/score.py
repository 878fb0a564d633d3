"""How often the right cause was named, over a bank of runs whose truth is known: shares with Wilson intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from analysis.detectors._found import every_detector
from analysis.detectors._violation import FAMILY as CORRECTNESS
from analysis.detectors._violations_found import every_violation
from rampart.model import JSON
from rampart.verdict import Verdict

HEALTHY = "not_reached"  # the truth of a run in which nothing was planted
GENERATOR = "load-generator"  # the truth of a run whose limit was the load generator itself: no detector names it
FAMILY = {
    **{name: detector.family for name, detector in every_detector().items()},
    **dict.fromkeys(every_violation(), CORRECTNESS),
    GENERATOR: "harness",
}
_BINS = 10  # of the calibration, equally wide
_DRAWS = 2000  # of the runs, with replacement, for the interval of the calibration


@dataclass(frozen=True, slots=True)
class Answer:
    """One run of the bank: what was true and what was said. Made by `answer`."""

    wanted: str  # finding id, or HEALTHY
    named: str | None  # the first bottleneck; a violation or the generator where those are the verdict
    ranked: tuple[str, ...]  # best first; `named` leads
    violations: tuple[str, ...]
    confidence: float | None  # of what was named
    tied: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return self.wanted in self.violations or self.named == self.wanted

    @property
    def among_three(self) -> bool:
        return self.right or self.wanted in self.ranked[:3]

    @property
    def family_right(self) -> bool:
        named = FAMILY.get(self.named or "")
        return self.right or (named is not None and named == FAMILY.get(self.wanted))


def answer(wanted: str, verdict: Verdict) -> Answer:
    """What a verdict says, as an answer to the question of the first bottleneck."""
    violations = tuple(dict.fromkeys(row.id for row in verdict.violations))
    first = verdict.first
    named = GENERATOR if verdict.outcome == "generator_limited" else first.id if first else None
    spoken_of = first.tenants if first else max((f.tenants for f in verdict.ranked), default=0)
    # Within a level they are ranked by what their remedies buy.
    others = sorted(verdict.ranked, key=lambda f: (f.status != "supported", f.tenants != spoken_of))
    ranked = tuple(dict.fromkeys([*([named] if named else []), *(f.id for f in others)]))
    return Answer(wanted, named, ranked, violations, first.confidence if first else None, verdict.tied_with)


def wilson(right: int, of: int) -> JSON:
    """A share with its 95 % score interval [Wilson 1927]; of nothing: None."""
    if of == 0:
        return {"right": 0, "of": 0, "value": None, "low": None, "high": None}
    interval = binomtest(right, of).proportion_ci(method="wilson")
    return {"right": right, "of": of, "value": right / of, "low": float(interval.low), "high": float(interval.high)}


def score(answers: Sequence[Answer]) -> JSON:
    """All figures of a bank. Abstentions count as wrong; they are also told apart."""
    flawed = [a for a in answers if a.wanted != HEALTHY]
    healthy = [a for a in answers if a.wanted == HEALTHY]
    alarms = [a for a in healthy if a.named is not None or a.violations]
    return {
        "runs": len(answers),
        "exact_ac1": wilson(sum(a.right for a in flawed), len(flawed)),
        "exact_ac3": wilson(sum(a.among_three for a in flawed), len(flawed)),
        "family_ac1": wilson(sum(a.family_right for a in flawed), len(flawed)),
        "false_alarms": wilson(len(alarms), len(healthy)),
        "abstained": wilson(sum(a.named is None and not a.violations for a in flawed), len(flawed)),
        "calibration": calibration(answers),
        "confusion": confusion(answers),
        "by_flaw": _by_wanted(flawed),
    }


def calibration(answers: Sequence[Answer]) -> JSON:
    """Expected calibration error over ten equal bins of confidence, and the Brier score, with bootstrap intervals.

    The error is at least as large as the noise in its bins, so its interval does not reach down to 0. Where wrong
    answers were planted nobody knows the limit: what is named beside them may be right, and counts as neither.
    """
    limits = [a for a in answers if FAMILY.get(a.wanted) != CORRECTNESS]
    told = [(a.confidence, a.named == a.wanted) for a in limits if a.confidence is not None]
    if not told:
        return {"ece": None, "ece_range": None, "brier": None, "brier_range": None, "of": 0, "bins": []}
    sure, right = np.array([c for c, _ in told], float), np.array([r for _, r in told], float)
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    bins = []
    for number in sorted(set(place.tolist())):
        inside = place == number
        row = {"of": int(inside.sum()), "said": float(sure[inside].mean()), "right": float(right[inside].mean())}
        bins.append(row)
    # The error of a bin is the sum of what was said too much in it.
    too_much = (sure - right)[:, None] * (place[:, None] == np.arange(_BINS))
    draws = np.random.default_rng(1).multinomial(len(told), np.full(len(told), 1 / len(told)), _DRAWS)
    return {
        "ece": float(np.abs(too_much.sum(0)).sum() / len(told)),
        "ece_range": _middle(np.abs(draws @ too_much).sum(1) / len(told)),
        "brier": float(((sure - right) ** 2).mean()),
        "brier_range": _middle(draws @ (sure - right) ** 2 / len(told)),
        "of": len(told),
        "bins": bins,
    }


def _middle(values: NDArray[np.float64]) -> list[float]:
    """What 95 % of the values lie between."""
    return [float(value) for value in np.quantile(values, [0.025, 0.975])]


def confusion(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """How often each truth was given each name; `-` is no name."""
    table: dict[str, Counter[str]] = {}
    for a in answers:
        said = a.wanted if a.wanted in a.violations else a.named or "-"
        table.setdefault(a.wanted, Counter())[said] += 1
    return {wanted: dict(sorted(row.items())) for wanted, row in sorted(table.items())}


def _by_wanted(flawed: Sequence[Answer]) -> dict[str, Any]:
    names = sorted({a.wanted for a in flawed})
    return {
        name: wilson(sum(a.right for a in flawed if a.wanted == name), sum(a.wanted == name for a in flawed))
        for name in names
    }
