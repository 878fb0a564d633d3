"""Could the bank be answered without skill? Labels dealt at random, and what no flaw touches, must be at chance.

A published set of labelled faults can be answered from the sessions in which they were recorded
(docs/sources.md#faults-told-by-their-session). Our runs are therefore in random order, each on a fresh system, and
these two controls go with every score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flawbank.score import FAMILY, HEALTHY, Answer, wilson
from rampart import resources
from rampart.model import JSON
from rampart.verdict import Verdict

_DEALS = 500
# Of the lowest stage: nothing that is planted in the target belongs to them.
_UNTOUCHED = (resources.GENERATOR_PROCESS, resources.STRANGERS_CPU, resources.STOLEN_CPU)


def permuted(answers: Sequence[Answer], seed: int = 1) -> JSON:
    """The exact-name score when the truths are dealt out at random among the flawed runs: mean, and its 95 % range."""
    flawed = [a for a in answers if a.wanted != HEALTHY]
    if not flawed:
        return {"mean": None, "low": None, "high": None, "of": 0}
    rng, wanted = np.random.default_rng(seed), [a.wanted for a in flawed]
    shares = []
    for _ in range(_DEALS):
        dealt = rng.permutation(len(wanted))
        shares.append(np.mean([replace(a, wanted=wanted[i]).right for a, i in zip(flawed, dealt, strict=True)]))
    low, high = np.quantile(shares, [0.025, 0.975])
    return {"mean": float(np.mean(shares)), "low": float(low), "high": float(high), "of": len(flawed)}


def untouched(wanted: Sequence[str], verdicts: Sequence[Verdict], orders: Sequence[int]) -> JSON:
    """Naming by what no flaw touches: the lowest stage's generator and strangers, and the place in the bank.

    The nearest mean of the other runs of each truth, with each number scaled to unit variance; a truth needs two runs.
    `chance` is the share of the most frequent truth. Flaws of the harness are left out: they touch the generator.
    """
    rows = [_features(v, order) for v, order in zip(verdicts, orders, strict=True)]
    kept = [i for i, row in enumerate(rows) if row is not None and FAMILY.get(wanted[i]) != "harness"]
    counts = Counter(wanted[i] for i in kept)
    kept = [i for i in kept if counts[wanted[i]] >= 2]
    if len({wanted[i] for i in kept}) < 2:
        return {"found": wilson(0, 0), "chance": None}
    values = np.array([rows[i] for i in kept], float)
    values = (values - values.mean(0)) / np.maximum(values.std(0), 1e-9)
    truths = [wanted[i] for i in kept]
    right = sum(_nearest(values, truths, i) == truths[i] for i in range(len(truths)))
    return {"found": wilson(right, len(truths)), "chance": max(Counter(truths).values()) / len(truths)}


def _features(verdict: Verdict, order: int) -> list[float] | None:
    points = sorted((p for p in verdict.points if p.requests), key=lambda p: p.users)
    return [*(points[0].utilisation.get(name, 0.0) for name in _UNTOUCHED), float(order)] if points else None


def _nearest(values: NDArray[np.float64], truths: Sequence[str], left_out: int) -> str:
    means = {}
    for name in sorted(set(truths)):
        others = [i for i, truth in enumerate(truths) if truth == name and i != left_out]
        means[name] = float(np.linalg.norm(values[others].mean(0) - values[left_out]))
    return min(means, key=lambda name: means[name])
