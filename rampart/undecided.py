"""What a bottleneck may be where the record does not say, and the cheapest measurement that would."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from rampart.finding import STRICT, Text


@dataclass(frozen=True, slots=True, config=STRICT)
class Candidate:
    """A finding that it may be."""

    id: Text
    why: Text  # what speaks for it, and what it lacks


@dataclass(frozen=True, slots=True, config=STRICT)
class NextMeasurement:
    """What to measure next: the cheapest that would separate the candidates."""

    kind: Literal["stages", "signal", "experiment"]  # other loads, something to be read as well, or a remedy by turns
    what: Text  # one sentence that says what to do
    separates: tuple[Text, ...]  # ids of the candidates that it tells from the others


@dataclass(frozen=True, slots=True, config=STRICT)
class Undecided:
    """Two or three candidates, the likeliest first, and what would separate them."""

    candidates: tuple[Candidate, ...]
    measurement: NextMeasurement
