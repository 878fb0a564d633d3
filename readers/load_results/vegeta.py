"""What `vegeta report` prints, as text or as JSON: an attack at one rate.

Vegeta sets a rate and not the users; they are the mean number of requests in flight, by Little's law.
"""

from __future__ import annotations

import json
import re

from readers.load_results._reader import Reader, Reading, Source, Window
from readers.load_results._summary import NUMBER, Summary, read_summaries

BEGINS = r"^Requests\s+\[total, rate"
UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ns": 1e-9}
ENCODED = ("Attack", "BytesOut")  # field names in the binary form that vegeta attack writes


def _recognises(source: Source) -> bool:
    head = source.head()
    report = re.search(BEGINS, head, re.MULTILINE) or (head.startswith("{") and '"latencies"' in head)
    return bool(report) or all(name in head for name in ENCODED)


def duration_s(text: str) -> float:
    """Seconds of a duration as Go prints it, such as 1m2.5s."""
    return sum(float(number) * UNITS_S[unit] for number, unit in re.findall(r"([\d.]+)(h|ms|m|s|µs|μs|us|ns)", text))


def _figures(run: Summary, what: str) -> dict[str, str]:
    """A line of names and values, as `Latencies  [min, mean]  1ms, 2ms`."""
    found = run.need(rf"^{what}\s+\[([^]]+)\]\s+(.+)$", what)
    return dict(zip(found[1].split(", "), (value.strip() for value in found[2].split(", ")), strict=False))


def _window(run: Summary) -> Window:
    total = run.number(rf"^Requests\s+\[[^]]+\]\s+{NUMBER},", "total of Requests")
    share = run.number(rf"^Success\s+\[ratio\]\s+{NUMBER}%", "Success") / 100
    seconds = duration_s(_figures(run, "Duration").get("total", ""))
    return _of(total, share, seconds, duration_s(_figures(run, "Latencies").get("mean", "")))


def _of(total: float, share: float, seconds: float, mean_s: float) -> Window:
    return Window(total * mean_s / seconds, total * share / seconds) if seconds else Window(0.0, 0.0)


def _json_window(source: Source, number: int, line: str) -> Window:
    try:
        report = json.loads(line)
        total, share = float(report["requests"]), float(report["success"])
        seconds, mean_s = (report["duration"] + report["wait"]) / 1e9, report["latencies"]["mean"] / 1e9
    except (ValueError, KeyError, TypeError):
        why = f"line {number} is no report of vegeta"
        raise source.unreadable(why, "Write it with vegeta report -type=json.") from None
    if not (0 <= share <= 1 and total >= 0 and seconds >= 0 and mean_s >= 0):
        raise source.unreadable(f"line {number} has figures that cannot be", "Correct that line.")
    return _of(total, share, seconds, mean_s)


def _read(source: Source) -> Reading:
    if all(name in source.head() for name in ENCODED):
        raise source.unreadable("it is the binary form that vegeta attack writes", "Read it with vegeta report first.")
    if not source.head().startswith("{"):
        return read_summaries(source, BEGINS, _window)
    source.choose(())
    lines = enumerate(source.text().splitlines(), start=1)
    return Reading([_json_window(source, number, line) for number, line in lines if line.strip()])


VEGETA = Reader(
    name="vegeta",
    summary="what vegeta report prints, as text or as JSON, an attack for each rate",
    example="for r in 20 50 100 200 400; do vegeta attack -rate=$r -duration=10s < targets | vegeta report "
    "> vegeta-$r.txt; done; rampart knee vegeta-*.txt",
    recognises=_recognises,
    read=_read,
)
