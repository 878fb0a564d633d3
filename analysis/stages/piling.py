"""Whether requests pile up in the target, or a pile flows off: told from the requests in flight, as it publishes them.

Before a steady window the conductor asks it of two looks 1.5 s apart; after it, it asks the trend over the window, as
the verdict does.
"""

from __future__ import annotations

import numpy as np

from analysis import thresholds
from analysis.record.readings import Readings
from rampart import metrics

_LOOKS = 4  # readings of a trend, at least


def growth(readings: Readings, start: float, end: float) -> float | None:
    """By how many the requests in flight grew in a window, by their trend; None where they are not read."""
    grown, read = 0.0, False
    for series in readings.of(metrics.APP_IN_FLIGHT):
        inside = (series.at >= start) & (series.at <= end)
        if inside.sum() >= _LOOKS:
            slope = float(np.polyfit(series.at[inside] - start, series.value[inside], 1)[0])
            grown, read = grown + slope * (end - start), True
    return grown if read else None


def piles_up(grown: float, users: int) -> bool:
    """Whether so much growth is a queue that forms."""
    return grown > max(thresholds.PILING * users, thresholds.PILING_LEAST)


def flows_off(grown: float, users: int) -> bool:
    """Whether a queue gets shorter."""
    return piles_up(-grown, users)


def flowed_off(grown: float, users: int) -> bool:
    """Whether so much went away in a steady window that it shows what had piled up before, not its load."""
    return -grown > max(thresholds.FLOWED_OFF * users, thresholds.FLOWED_OFF_LEAST)
