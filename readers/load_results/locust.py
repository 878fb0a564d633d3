"""The history that Locust writes with `--csv`: totals since the start, once a second.

The differences between totals are what was served. Its own `Requests/s` is a mean over the last ten seconds, which
lags behind a change of users.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rampart.windows import Floats
from readers.load_results._columns import Columns, read_columns
from readers.load_results._reader import Reader, Reading, Source, Window, has_columns

NEEDED = ("Timestamp", "User Count", "Name", "Total Request Count", "Total Failure Count")
ALL = ("Aggregated", "Total")  # how the row of all endpoints together is called


def _recognises(source: Source) -> bool:
    return has_columns("User Count", "Requests/s")(source) or has_columns("Request Count", "Failure Count")(source)


def _read(source: Source) -> Reading:
    columns = read_columns(source)
    missing = [name for name in NEEDED if name not in columns.names]
    if "Timestamp" in missing:
        raise source.unreadable(
            "it is Locust's summary of a whole run, without the users", "Name the ..._stats_history.csv beside it."
        )
    if missing:
        raise source.unreadable(f"the column {', '.join(missing)} is missing", "Keep the columns that Locust writes.")
    names = columns.words("Name")
    endpoints = source.choose(name for name in names if name not in ALL)
    wanted = (source.endpoint,) if source.endpoint is not None else ALL if set(ALL) & set(names) else endpoints
    return Reading(_windows(columns, np.array([name in wanted for name in names])), endpoints)


def _windows(columns: Columns, wanted: NDArray[np.bool]) -> list[Window]:
    """One window for each two neighbouring moments; an endpoint without a row has not been asked yet.

    Those across a reset of the statistics are left out.
    """
    at_s, users, requests, failures = (columns.numbers(name) for name in NEEDED if name != "Name")
    moments, row = np.unique(at_s, return_inverse=True)
    total = np.bincount(row, np.where(wanted, requests - failures, 0.0), len(moments))
    level: Floats = np.zeros(len(moments))
    level[row] = users
    served = np.diff(total) / np.diff(moments)
    return [
        Window(float(n), float(x), float(at)) for n, x, at in zip(level[1:], served, moments[1:], strict=True) if x >= 0
    ]


LOCUST = Reader(
    name="locust",
    summary="the ..._stats_history.csv that Locust writes",
    example="locust --headless -u 200 -r 1 -t 5m --csv run; rampart knee run_stats_history.csv",
    recognises=_recognises,
    read=_read,
)
