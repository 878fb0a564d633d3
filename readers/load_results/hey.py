"""What `hey` prints: a run of workers that do not think.

Their number (`-c`) is not printed. The file's name may say it, as in hey-c16.txt; otherwise it is the mean number of
requests in flight, by Little's law.
"""

from __future__ import annotations

import re

from readers.load_results._reader import Reader, Reading, Source, Window, begins
from readers.load_results._summary import NUMBER, Summary, read_summaries

BEGINS = r"^Summary:\n\s+Total:"
IN_THE_NAME = r"(?<![a-z0-9])c[-_=]?(\d+)(?![\d])"


def workers(source: Source) -> float | None:
    """The number that the file's name gives, as in hey-c16.txt."""
    found = re.findall(IN_THE_NAME, source.path.name.lower())
    return float(found[0]) if len(found) == 1 else None


def _window(run: Summary) -> Window:
    seconds = run.number(rf"^\s+Total:\s+{NUMBER} secs", "Total")
    mean_s = run.count(rf"^\s+Average:\s+{NUMBER} secs", "Average")  # none where nothing was answered
    statuses = re.finditer(r"^\s+\[(\d{3})\]\s+(\d+) responses", run.text, re.MULTILINE)
    answers = {int(found[1]): int(found[2]) for found in statuses}
    good = sum(n for status, n in answers.items() if 200 <= status < 400)
    named = workers(run.source)
    users = round(mean_s * sum(answers.values()) / seconds) if named is None and seconds else named
    return Window(float(users or 0.0), good / seconds if seconds else 0.0)


def _read(source: Source) -> Reading:
    return read_summaries(source, BEGINS, _window)


HEY = Reader(
    name="hey",
    summary="what hey prints, a run for each number of workers",
    example="for c in 1 2 4 8 16 32; do hey -z 10s -c $c URL > hey-c$c.txt; done; rampart knee hey-*.txt",
    recognises=begins(BEGINS),
    read=_read,
)
