"""The numbers that somebody chose and that decide (`make bench-free-numbers`).

Every number of analysis/attribution, analysis/ranking and analysis/network, every weight in a detector's file, and
every threshold of analysis/thresholds.py that one of those three rooms reads is moved by a quarter, down and up, alone.
It counts if on any recording the findings of a level then come in another order, the outcome or the first bottleneck is
another one, or a gain is a tenth larger or smaller. The thresholds that detectors declare are counted apart. Which
numbers are no choice is said in `benchmarks._literals`; they are listed with the reason.
What stands before those rooms, knee and validity, is as recorded.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.level.recorded import RecordedRun, read
from analysis.thresholds import Threshold
from benchmarks._literals import ROOT, Literal, literals, moved
from benchmarks._rooms_anew import Judged, difference, judged, load_anew
from benchmarks.thresholds import RECORDINGS, remembering, replaced
from benchmarks.thresholds_page import SHARED, judged_by, shared
from rampart.runs import Run

ROOMS = ("attribution", "ranking", "network")
FACTORS = (0.75, 1.25)
DECIDES = ("first", "rank", "gain")
PROCESSES = 2
FREE_WANTED, SECONDS_WANTED = 10, 600

Recorded = Mapping[str, tuple[RecordedRun, list[Judged]]]  # by recording, with what is said of it as things are


@dataclass(frozen=True, slots=True)
class Number:
    """One number to move: a literal, or a threshold of several rooms."""

    where: str
    value: float
    literal: Literal | None = None
    threshold: str = ""  # its key in `_thresholds`
    apart: bool = False  # declared by a detector

    @property
    def told(self) -> str:
        return f"{self.where} = {self.value:g}"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one recording when a number was moved."""

    number: Number
    factor: float
    recording: str
    kind: str  # "first", "rank", "gain", "fails"
    what: str

    @property
    def told(self) -> str:
        return f"×{self.factor:g} {self.recording} {self.kind}: {self.what}"


def numbers() -> tuple[list[Number], list[Literal]]:
    """Those to move, thresholds first, and the literals that are no choice."""
    found = [one for room in (*ROOMS, "detectors") for path in _files(room) for one in literals(path)]
    own = [one for one in found if not (one.declared and one.path.parent.name == "detectors")]
    free = [Number(one.where, one.value, literal=one) for one in own if not one.left_out]
    return [*_moved_thresholds(), *free], [one for one in own if one.left_out]


def _moved_thresholds() -> Iterator[Number]:
    """The shared ones that a room reads, and apart from them those that detectors alone go by."""
    text = "\n".join(path.read_text() for room in ROOMS for path in _files(room))
    for key, one in _thresholds().items():
        in_room = re.search(rf"\b{one.name}\b", text) is not None
        if in_room and key.startswith(f"{SHARED}/"):
            yield Number(f"analysis/thresholds.py {one.name}", float(one), threshold=key)
        elif not in_room and key in judged_by():  # what a room declares itself is a literal of that room
            yield Number(key, float(one), threshold=key, apart=True)


def _thresholds() -> Mapping[str, Threshold]:
    return {**{f"{SHARED}/{one.name}": one for one in shared()}, **judged_by()}


def _files(room: str) -> list[Path]:
    return sorted((ROOT / "analysis" / room).glob("*.py"))


def values(number: Number, factor: float) -> list[float]:
    """The moved value; a share stays below 1, and where only a whole number will do it is the next one outwards."""
    value = number.value * factor
    if 0 < number.value < 1 <= value:
        value = (1 + number.value) / 2
    return [value, math.floor(value) if factor < 1 else math.ceil(value)]


def changes(number: Number, recorded: Recorded) -> Iterator[Change]:
    """What moving a number changes first, down and up."""
    for factor in FACTORS:
        if found := _moved(number, factor, recorded):
            yield found


def _moved(number: Number, factor: float, recorded: Recorded) -> Change | None:
    for value in values(number, factor):
        try:
            with _with(number, value):
                return _first_change(number, factor, recorded)
        except (TypeError, ValueError, IndexError, ZeroDivisionError):  # a count, where a part of one makes no sense
            continue
    return Change(number, factor, "", "fails", "it cannot be moved")


@contextmanager
def _with(number: Number, value: float) -> Iterator[None]:
    """The rooms with one number moved."""
    if number.literal is not None:
        load_anew({str(number.literal.path): moved(number.literal, value)})
        yield
    else:
        one = _thresholds()[number.threshold]
        with replaced(one, type(one)(one.name, value, one.unit, one.source)):
            yield


def _first_change(number: Number, factor: float, recorded: Recorded) -> Change | None:
    for name, (run, before) in recorded.items():
        if seen := difference(before, judged(run)):
            return Change(number, factor, name, *seen)
    return None


def look(folders: Sequence[str]) -> list[Change]:
    """All numbers moved, on some recordings: a process does it, for what it has loaded is no longer as it was."""
    recorded: dict[str, tuple[RecordedRun, list[Judged]]] = {}
    for folder in folders:
        run = remembering(read(Run.open(RECORDINGS / folder)))
        recorded[folder] = run, judged(run)
    return [change for number in numbers()[0] for change in changes(number, recorded)]


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    began = time.monotonic()
    folders = sorted(path.parent.name for path in RECORDINGS.glob("*/truth.json"))
    every, left_out = numbers()
    with ProcessPoolExecutor(PROCESSES) as pool:
        found = [
            change for some in pool.map(look, [folders[i::PROCESSES] for i in range(PROCESSES)]) for change in some
        ]
    _list(every, found, left_out)
    figures = {
        **counts(every, found),
        "left_out": len(left_out),
        "recordings": len(folders),
        "seconds": round(time.monotonic() - began),
    }
    goals = {
        "free": [FREE_WANTED, figures["free"] <= FREE_WANTED],
        "seconds": [SECONDS_WANTED, figures["seconds"] <= SECONDS_WANTED],
    }
    print(json.dumps({"bench": "free-numbers", "figures": figures, "goals": goals}))
    return 0


def counts(every: Sequence[Number], found: Sequence[Change]) -> dict[str, int]:
    """How many numbers were moved, how many of them decide, and by what; the declared thresholds apart."""

    def deciding(kind: str, *, apart: bool = False) -> set[Number]:
        kinds = DECIDES if kind == "any" else (kind,)
        return {change.number for change in found if change.number.apart == apart and change.kind in kinds}

    return {
        "moved": sum(not number.apart for number in every),
        "free": len(deciding("any")),
        **{f"{kind}_changes": len(deciding(kind)) for kind in DECIDES},
        "cannot_be_moved": len(deciding("fails")),
        "declared_by_detectors": sum(number.apart for number in every),
        "of_these_free": len(deciding("any", apart=True)),
    }


def _list(every: Sequence[Number], found: Sequence[Change], left_out: Sequence[Literal]) -> None:
    for title, apart in (("Free numbers", False), ("Thresholds that detectors declare, counted apart", True)):
        print(f"\n{title}:")
        for number in every:
            own = [change for change in found if change.number == number and change.kind in DECIDES]
            if own and number.apart == apart:
                print(f"  {number.told:<58} {'; '.join(change.told for change in own)}")
    print("\nNo choice, or not to be moved:")
    by_reason: dict[str, list[str]] = {}
    for one in left_out:
        by_reason.setdefault(one.left_out, []).append(one.told)
    for reason, those in by_reason.items():
        print(textwrap.fill(f"{reason} ({len(those)}): {', '.join(those)}", 160, subsequent_indent="    "))
    for told in sorted({change.number.told for change in found if change.kind == "fails"}):
        print(f"  {told}: a part of it makes no sense")


if __name__ == "__main__":
    raise SystemExit(main())
