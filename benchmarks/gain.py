"""What a remedy would buy, predicted from the recording of its flaw, beside what experiments saw (`make bench-gain`).

An experiment compares throughput at loads just past the knee, where a gain shows no further than those loads reach. So
what is predicted is throughput there too: the curves of one queue with the knee after the remedy and with that now.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.detectors._detector import Measures
from analysis.detectors._found import every_detector
from analysis.knee.saturation_curve import log_shape
from analysis.level.recorded import read
from analysis.network.gain import Gain
from analysis.ranking.gains import of_limit
from analysis.ranking.judge import judge
from flawbank.gain_score import best_constant
from rampart.finding import Finding, Interval
from rampart.runs import Run

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS, SEEN = ROOT / "tests/recordings", ROOT / "docs/flawbank.md"
PAST, JOBS_PAST = (1.3, 1.7), (1.2, 1.5)  # the loads of the experiments, in knees
_ROW = re.compile(r"^\| `([a-z-]+)` \| ×([\d.]+) \(([\d.]+) to ([\d.]+)\) \| ×([\d.]+) \(([\d.]+) to ([\d.]+)\) \|")


@dataclass(frozen=True, slots=True)
class Case:
    """One flaw: the gain at the experiment's loads as it is predicted, and as two rounds of experiments saw it."""

    flaw: str
    knee: Interval
    predicted: Interval
    rounds: tuple[Interval, Interval]

    @property
    def seen(self) -> float:
        """The geometric mean of the rounds."""
        return math.sqrt(self.rounds[0].value * self.rounds[1].value)

    @property
    def error(self) -> float:
        return math.log(self.predicted.value / self.seen)

    @property
    def covered(self) -> bool:
        """Whether the predicted interval meets those of the rounds."""
        return (
            self.predicted.low <= max(one.high for one in self.rounds)
            and min(one.low for one in self.rounds) <= self.predicted.high
        )


def experiments() -> Iterator[tuple[str, tuple[Interval, Interval]]]:
    """Each flaw with the gains that two rounds of experiments saw."""
    for line in SEEN.read_text().splitlines():
        if row := _ROW.match(line):
            numbers = [float(text) for text in row.groups()[1:]]
            yield row[1], (Interval(*numbers[:3]), Interval(*numbers[3:]))


def case(flaw: str, rounds: tuple[Interval, Interval]) -> Case | None:
    """None where the recording names no bottleneck, or its gain is not predicted."""
    recorded = read(Run.open(RECORDINGS / flaw))
    judged = judge(recorded.levels[-1], recorded.checks, draws=0)
    first = judged.first
    if first is None or first.limit_users is None or first.id not in judged.gains:
        return None
    one = judged.gains[first.id]
    knee = of_limit(one, first)
    return Case(flaw, knee, _at_loads(first, one, knee), rounds)


def _at_loads(first: Finding, one: Gain, knee: Interval) -> Interval:
    """Throughput past the knee after the remedy over that without it, in the geometric mean over the loads."""
    now = first.limit_users or 1.0
    jobs = every_detector()[first.id].measures is Measures.JOBS
    loads = np.array(JOBS_PAST if jobs else PAST) * now
    slope = 1.0 if jobs else one.limit.value / one.knee.value  # of one user far below the knee, after over before

    def ratio(by: float) -> float:
        before, after = (log_shape(loads, np.array(knee), np.array(1.0)) for knee in (now, by * now))
        return float(slope * by * np.exp(np.mean(after - before)))

    return Interval(ratio(knee.value), ratio(knee.low), ratio(knee.high))


def _goals(figures: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Each goal and whether it is met: the error must also be at most half that of the best constant."""
    error, half = figures["median_ln_error"], figures["best_constant_ln_error"] / 2
    return {
        "flaws": [13, figures["flaws"] >= 13],
        "median_ln_error": [0.25, error <= 0.25],
        "half_of_best_constant": [half, error <= half],
        "covered": [0.9, figures["covered"] >= 0.9],
        "median_width": [2.0, figures["median_width"] <= 2.0],
    }


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    cases, missing = [], []
    for flaw, rounds in experiments():
        one = case(flaw, rounds)
        if one is None:
            missing.append(flaw)
            continue
        cases.append(one)
        print(
            f"{flaw:<22} knee ×{one.knee.value:.2f} ({one.knee.low:.2f} to {one.knee.high:.2f})   at the loads "
            f"×{one.predicted.value:.2f} ({one.predicted.low:.2f} to {one.predicted.high:.2f}), seen "
            f"×{one.rounds[0].value:.2f} and ×{one.rounds[1].value:.2f}   ln {one.error:+.2f}"
            f"{'' if one.covered else '   outside'}"
        )
    if not cases:
        print("no flaw with an experiment and a recording was found")
        return 1
    between = [abs(math.log(one.rounds[0].value / one.rounds[1].value)) for one in cases]
    error, covered = float(np.median([abs(one.error) for one in cases])), sum(one.covered for one in cases) / len(cases)
    figures: dict[str, Any] = {
        "flaws": len(cases),
        "not_predicted": missing,
        "median_ln_error": error,
        "best_constant_ln_error": best_constant([one.seen for one in cases]),
        "rounds_apart": float(np.median(between)),
        "covered": covered,
        "median_width": float(np.median([one.knee.high / one.knee.low for one in cases])),
    }
    print(json.dumps({"bench": "gain", "figures": figures, "goals": _goals(figures)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
