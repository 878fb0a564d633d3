"""The requests that `hey -o csv` lists: a run at one number of workers."""

from __future__ import annotations

from readers.load_results._columns import read_columns
from readers.load_results._reader import Reader, Reading, Source, has_columns
from readers.load_results._request_log import RequestLog
from readers.load_results.hey import workers

NEEDED = ("response-time", "status-code", "offset")


def _read(source: Source) -> Reading:
    columns = read_columns(source, NEEDED.__contains__).measured(*NEEDED)
    latency_s, start_s, status = (columns.numbers(name) for name in ("response-time", "offset", "status-code"))
    log = RequestLog(start_s + latency_s, (status >= 200) & (status < 400), [""] * len(status))
    return Reading(log.at_one_load(source, start_s, workers(source)))


HEY_CSV = Reader(
    name="hey-csv",
    summary="the requests that hey -o csv lists, a file for each number of workers",
    example="for c in 1 2 4 8 16 32; do hey -z 10s -c $c -o csv URL > hey-c$c.csv; done; rampart knee hey-*.csv",
    recognises=has_columns(*NEEDED),
    read=_read,
)
