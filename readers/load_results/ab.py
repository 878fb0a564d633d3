"""What `ab` (ApacheBench) prints: a run at one concurrency, without think time."""

from __future__ import annotations

from readers.load_results._reader import Reader, Reading, Source, Window, begins
from readers.load_results._summary import NUMBER, Summary, read_summaries

BEGINS = r"^This is ApacheBench"
# An answer of another length than the first counts as failed for ab, but pages that change are no failures.
LENGTH = rf"\(Connect: \d+, Receive: \d+, Length: {NUMBER}, Exceptions: \d+\)"


def _window(run: Summary) -> Window:
    users = run.number(rf"^Concurrency Level:\s+{NUMBER}", "Concurrency Level")
    complete = run.number(rf"^Complete requests:\s+{NUMBER}", "Complete requests")
    seconds = run.number(rf"^Time taken for tests:\s+{NUMBER} seconds", "Time taken for tests")
    failed = run.number(rf"^Failed requests:\s+{NUMBER}", "Failed requests") - run.count(LENGTH, "Length")
    refused = run.count(rf"^Non-2xx responses:\s+{NUMBER}", "Non-2xx responses")
    return Window(users, max(complete - failed - refused, 0.0) / seconds if seconds else 0.0)


def _read(source: Source) -> Reading:
    return read_summaries(source, BEGINS, _window)


AB = Reader(
    name="ab",
    summary="what ab (ApacheBench) prints, a run for each concurrency",
    example="for c in 1 2 4 8 16 32; do ab -t 10 -n 1000000 -c $c URL > ab-$c.txt; done; rampart knee ab-*.txt",
    recognises=begins(BEGINS),
    read=_read,
)
