"""How far each threshold can move before a recorded run changes its name (`make bench-thresholds`).

Each recording of tests/recordings is made ready once, as it was. Then each threshold in turn is multiplied by the rungs
of a ladder, down and up, and the step from a level to its findings is made again for all recordings, until one of them
is named otherwise. What stands before that step, validity and knee, stays as recorded: their thresholds have no figure.
The result goes into docs/thresholds.json, from which the columns of docs/thresholds.md are made.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.level.recorded import RecordedRun, read
from analysis.ranking.judge import judge
from analysis.thresholds import Threshold
from benchmarks import thresholds_page
from benchmarks._watched import Watched
from benchmarks.thresholds_page import DOWN, UP, Ladder, Moved
from rampart.runs import Run

RECORDINGS = Path(__file__).resolve().parents[1] / "tests/recordings"
SECONDS_WANTED = 600


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded run made ready, what it is called today, and what that went by."""

    folder: str
    run: RecordedRun
    name: str
    watched: Mapping[str, Watched]  # by the key of the threshold


def recordings(which: str = "*") -> Iterator[Recording]:
    """Those whose truth is known."""
    for truth in sorted(RECORDINGS.glob(f"{which}/truth.json")):
        run = remembering(read(Run.open(truth.parent)))
        watched = {key: Watched.of(one) for key, one in thresholds_page.judged_by().items()}
        with ExitStack() as stack:
            for key, one in thresholds_page.judged_by().items():
                stack.enter_context(replaced(one, watched[key]))
            called = name(run)
        yield Recording(truth.parent.name, run, called, watched)


def remembering(run: RecordedRun) -> RecordedRun:
    """The same run, whose readings are worked out once: they are asked for again with each value of each threshold."""
    for method in ("of", "increase", "increases", "looks", "mean", "highest"):
        setattr(run.readings, method, cache(getattr(run.readings, method)))
    return run


def name(run: RecordedRun) -> str:
    """The first bottleneck of each level, or why there is none."""
    judged = [judge(level, run.checks, draws=0) for level in run.levels]
    return ", ".join(one.first.id if one.first else one.outcome for one in judged)


@contextmanager
def replaced(threshold: Threshold, other: Threshold) -> Iterator[None]:
    """All modules of the analysis go by another value of a threshold meanwhile."""
    places = [
        (module, attribute)
        for module_name, module in list(sys.modules.items())
        if module_name.split(".")[0] == "analysis"
        for attribute, value in list(vars(module).items())
        if value is threshold
    ]
    try:
        for module, attribute in places:
            setattr(module, attribute, other)
        yield
    finally:
        for module, attribute in places:
            setattr(module, attribute, threshold)


def first_renamed(key: str, threshold: Threshold, factors: Sequence[float], recorded: Sequence[Recording]) -> Moved:
    """The first rung at which a recording is named otherwise, and which; how far it was tried where none is."""
    tried = 1.0
    for factor in factors:
        value = factor * threshold
        if threshold.is_share and value >= 1:
            break
        tried = factor
        with replaced(threshold, Threshold(threshold.name, value, threshold.unit, threshold.source)):
            for one in recorded:
                if one.watched[key].open_to(value) and (now := name(one.run)) != one.name:
                    return Moved(tried, one.folder, now)
    return Moved(tried)


def main() -> int:
    began = time.monotonic()
    recorded = list(recordings())
    print(f"{len(recorded)} recordings made ready in {time.monotonic() - began:.0f} s", flush=True)
    ladders: dict[str, Ladder] = {}
    for key, threshold in thresholds_page.judged_by().items():
        down, up = (first_renamed(key, threshold, factors, recorded) for factors in (DOWN, UP))
        ladders[key] = Ladder(float(threshold), down, up)
        print(f"{key:<44} {down.told():<40} {up.told()}", flush=True)
    thresholds_page.write(ladders, [one.folder for one in recorded])
    _show(ladders, len(recorded), time.monotonic() - began)
    return 0


def _show(ladders: Mapping[str, Ladder], recorded: int, seconds: float) -> None:
    figures = {
        "thresholds": len(ladders),
        "recordings": recorded,
        "rename_within_a_quarter": [key for key, ladder in ladders.items() if ladder.within(0.8, 1.25)],
        "rename_nothing": sum(not ladder.within(min(DOWN), max(UP)) for ladder in ladders.values()),
        "seconds": round(seconds),
    }
    goals = {"seconds": [SECONDS_WANTED, seconds <= SECONDS_WANTED]}
    print(json.dumps({"bench": "thresholds", "figures": figures, "goals": goals}))


if __name__ == "__main__":
    raise SystemExit(main())
