"""Moments as load tools write them: a number since 1970 (s, ms, µs or ns), or a date with its time."""

from __future__ import annotations

import numpy as np

from rampart.windows import Floats
from readers.load_results._columns import Columns

EARLIEST_MS = 1e11  # as seconds this is the year 5138; larger numbers are milliseconds, microseconds, nanoseconds
LATEST_NS = 1e20


def seconds(columns: Columns, name: str) -> Floats:
    """A column of moments in seconds; raises `UsageError` on one that is none, with its line."""
    import pandas as pd

    first = next(iter(columns.words(name)), "")
    if first.replace(".", "").isdigit():
        values = columns.numbers(name, high=LATEST_NS)
        return values / unit_of(values)
    moments = pd.to_datetime(columns.frame[name], errors="coerce", utc=True, format="ISO8601" if "T" in first else None)
    missing = np.asarray(moments.isna(), dtype=bool)
    if missing.any():
        raise columns.wrong(name, missing, "which is no date with a time", "Correct that line.")
    return np.asarray((moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), dtype=np.float64)


def unit_of(since_1970: Floats) -> float:
    """How many of a number's units make a second, by its size."""
    largest = float(np.nanmax(since_1970, initial=0.0))
    return next(1000.0**power for power in range(4) if largest < EARLIEST_MS * 1000.0**power or power == 3)
