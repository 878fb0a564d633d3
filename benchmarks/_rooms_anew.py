"""A recording judged by rooms that are loaded anew, some of their files from other code, and what is then otherwise.

So it does not matter whether what was changed stands in a function, a constant, a default or a table.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType
from typing import ClassVar

from analysis.level.recorded import RecordedRun

# The rooms from attribution on: those before them make a level ready, which stays as recorded.
RELOADED = tuple(
    f"analysis.{room}"
    for room in ("attribution", "ranking", "network", "detectors", "forecast", "experiment", "verdict")
)
A_TENTH = math.log(1.1)

# By tenant level: the outcome, the first finding, all findings in their order, and the gain of each that has one.
Judged = tuple[str, str, tuple[str, ...], tuple[tuple[str, float], ...]]


class Anew(SourceFileLoader):
    """Loads a file from the code that it is given."""

    given: ClassVar[Mapping[str, CodeType]] = {}
    kept: ClassVar[dict[str, CodeType | None]] = {}

    def get_code(self, fullname: str) -> CodeType | None:
        if self.path in self.given:
            return self.given[self.path]
        if self.path not in self.kept:
            self.kept[self.path] = super().get_code(fullname)
        return self.kept[self.path]


class Finder:
    """Finds the modules of the rooms and has them loaded by `Anew`."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, *_: object) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name.startswith(RELOADED) else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Anew(name, spec.loader.path)
        return spec


def load_anew(codes: Mapping[str, CodeType]) -> None:
    """Load the rooms again, the given files from the given code."""
    Anew.given = codes
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
    for name in [name for name in sys.modules if name.startswith(RELOADED)]:
        del sys.modules[name]
    importlib.import_module("analysis.verdict.parts")


def judged(run: RecordedRun) -> list[Judged]:
    """Each level of a recording by the rooms as they are loaded now."""
    judge = importlib.import_module("analysis.ranking.judge").judge
    explained = importlib.import_module("analysis.verdict.parts").explained
    found = []
    for level in run.levels:
        one = judge(level, run.checks, draws=0)
        gains = [(f.id, f.gain.value) for f in (explained(f, one) for f in one.ranked) if f.gain is not None]
        found.append((one.outcome, one.first.id if one.first else "", tuple(f.id for f in one.ranked), tuple(gains)))
    return found


def difference(before: Sequence[Judged], after: Sequence[Judged]) -> tuple[str, str] | None:
    """The kind of the first difference and what it is; None where neither a rank nor a gain has changed."""
    for was, now in zip(before, after, strict=True):
        if was[:2] != now[:2]:
            return "first", f"{was[1] or was[0]} → {now[1] or now[0]}"
        if was[2] != now[2]:
            return "rank", _first_other(was[2], now[2])
        gains = dict(was[3]), dict(now[3])
        for name in sorted(gains[0].keys() | gains[1].keys()):
            one, other = (each.get(name) for each in gains)
            if one is None or other is None or abs(math.log(other / one)) > A_TENTH:
                return "gain", f"{name} {_times(one)} → {_times(other)}"
    return None


def _first_other(was: Sequence[str], now: Sequence[str]) -> str:
    index = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    a, b = (next(iter(order[index:]), "none") for order in (was, now))
    return f"place {index + 1}: {a} → {b}"


def _times(gain: float | None) -> str:
    return "none" if gain is None else f"×{gain:.2f}"
