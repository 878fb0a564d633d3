"""Which of two causes comes first: each is mended alone by turns, and the one that gives more was the limit.

The limits that two causes have alone do not tell it where they work on each other: what one sends inside the
transaction that the other leaves open has neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.experiment.decide import LEAST_GAIN, stage_row
from analysis.experiment.gain import NOTHING, UNMENDED, Measured, gain, request_rates
from rampart.model import JSON
from rampart.runs import Run
from rampart.tables import SCHEMA


def without(cause: str) -> str:
    """The state, which is the purpose of its stages, in which this cause alone is mended."""
    return f"without {cause}"


def order(causes: Sequence[str]) -> tuple[str, ...]:
    """Unmended, without the one, without the other, and back: what drifts weighs on all three alike."""
    there = (UNMENDED, *map(without, causes))
    return (*there, *reversed(there))


def decide_pair(recorded: Run, causes: Sequence[str]) -> JSON:
    """What `pair.json` holds. `first`: the cause without which more than a tenth more is done, and more than without
    the other, both beyond the noise; None: neither, or both alike.
    """
    measured = Measured.of(recorded)
    rates = request_rates(measured.valid, measured.requests)
    gains = {cause: gain(rates, without(cause)) for cause in causes}
    over = gain(rates, without(causes[0]), without(causes[1]))
    first = None
    if over is not None:
        more = causes[0] if over["low"] > 1 else causes[1] if over["high"] < 1 else None
        own = gains[more] if more is not None else None
        first = more if own is not None and own["low"] > LEAST_GAIN else None
    return {
        "schema": SCHEMA,
        "causes": list(causes),
        "first": first,
        "sentence": NOTHING if over is None else _sentence(first, gains),
        "recorded": recorded.folder.name,
        "gains": gains,
        "over": over,
        "least_gain": LEAST_GAIN,
        "stages": [stage_row(point, rates) for point in measured.seen],
    }


def _sentence(first: str | None, gains: Mapping[str, JSON | None]) -> str:
    each = ", ".join(
        f"×{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f}) without {cause}"
        for cause, row in gains.items()
        if row is not None
    )
    return f"{first} comes first: {each}." if first else f"Neither comes first by more than the noise: {each}."
