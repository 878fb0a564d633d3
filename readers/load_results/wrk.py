"""What `wrk` prints: a run at one number of connections, none of which thinks between its requests."""

from __future__ import annotations

from readers.load_results._reader import Reader, Reading, Source, Window, begins
from readers.load_results._summary import NUMBER, Summary, read_summaries

BEGINS = r"^Running .+ test @ "


def _window(run: Summary) -> Window:
    if run.find(r"Thread calibration"):
        raise run.source.unreadable("wrk2 sets the rate and not the users", "Measure with wrk, hey or ab.")
    users = run.number(rf"threads and {NUMBER} connections", "connections")
    rate = run.number(rf"^Requests/sec:\s+{NUMBER}", "Requests/sec")
    requests = run.number(rf"^\s*{NUMBER} requests in ", "requests")
    failed = run.count(rf"Non-2xx or 3xx responses: {NUMBER}", "failed responses")
    return Window(users, rate * (1 - failed / requests) if requests else 0.0)


def _read(source: Source) -> Reading:
    return read_summaries(source, BEGINS, _window)


WRK = Reader(
    name="wrk",
    summary="what wrk prints, a run for each number of connections",
    example="for c in 1 2 4 8 16 32; do wrk -t1 -c$c -d10s URL > wrk-$c.txt; done; rampart knee wrk-*.txt",
    recognises=begins(BEGINS),
    read=_read,
)
