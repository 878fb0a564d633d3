"""What `k6 run --out csv=FILE` writes: a row for each sample of each metric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from readers.load_results._columns import Columns, read_columns
from readers.load_results._k6 import METRICS, reading
from readers.load_results._reader import Reader, Reading, Source, has_columns
from readers.load_results._request_log import RequestLog
from readers.load_results._times import seconds

NEEDED = ("metric_name", "timestamp", "metric_value")
USED = {*NEEDED, "expected_response", "status", "name"}


def _read(source: Source) -> Reading:
    columns = read_columns(source, USED.__contains__).measured(*NEEDED)
    metric = columns.words("metric_name")
    columns = columns.keep([name in METRICS for name in metric])
    metric = columns.words("metric_name")
    requests, users = (columns.keep([name == wanted for name in metric]) for wanted in METRICS)
    names = requests.words("name") if "name" in requests.names else [""] * len(requests.frame)
    log = RequestLog(seconds(requests, "timestamp"), _succeeded(requests), names)
    return reading(source, log, seconds(users, "timestamp"), users.numbers("metric_value"))


def _succeeded(requests: Columns) -> NDArray[np.bool]:
    """As k6 counts it: by `expected_response`, or by the status where k6 was told to leave that out."""
    size = len(requests.frame)
    status = requests.numbers("status") if "status" in requests.names else np.full(size, 200.0)
    expected = requests.words("expected_response") if "expected_response" in requests.names else [""] * size
    told = np.array([word != "" for word in expected], dtype=np.bool)
    by_tag = np.array([word == "true" for word in expected], dtype=np.bool)
    return np.where(told, by_tag, (status >= 200) & (status < 400))


K6_CSV = Reader(
    name="k6-csv",
    summary="the samples that k6 --out csv writes",
    example="k6 run --out csv=samples.csv script.js; rampart knee samples.csv",
    recognises=has_columns(*NEEDED),
    read=_read,
)
