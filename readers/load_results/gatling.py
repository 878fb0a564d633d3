"""The text log of a Gatling simulation, as its versions 3.0 to 3.10 write it (`simulation.log`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from readers.load_results._reader import Reader, Reading, Source
from readers.load_results._request_log import RequestLog, in_progress

STATUSES = ("OK", "KO")
MOMENTS = ("START", "END")


def _recognises(source: Source) -> bool:
    return source.path.name.startswith("simulation.log") or source.first_line().startswith("RUN\t")


def _read(source: Source) -> Reading:
    if not source.first_line().startswith("RUN\t"):
        why = "Gatling writes this log in a binary form from version 3.11 on, which differs between versions"
        raise source.unreadable(why, "Let Gatling 3.10 write it, or give a table with users and throughput_rps.")
    requests: list[tuple[float, float, bool, str]] = []
    users: dict[str, list[float]] = {moment: [] for moment in MOMENTS}
    for number, fields in _records(source):
        if fields[0] == "REQUEST":
            requests.append(_request(source, number, fields))
        elif fields[0] == "USER":
            moment = next((word for word in fields if word in MOMENTS), None)
            if moment is not None:
                times = fields[fields.index(moment) + 1 :]
                users[moment].append(max(_ms(source, number, word) for word in times if word) / 1000)
    return _reading(source, requests, users)


def _records(source: Source) -> Iterator[tuple[int, list[str]]]:
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            if line.endswith("\n"):  # the last line may be torn
                yield number, line.rstrip("\n").split("\t")


def _request(source: Source, number: int, fields: list[str]) -> tuple[float, float, bool, str]:
    """Start and end in seconds, whether it succeeded, and its name: the fields before its status, in every version."""
    at = next((n for n, word in enumerate(fields) if word in STATUSES and n > 3), None)
    if at is None:
        raise source.unreadable(f"line {number} is a request without OK or KO", "Correct or leave out that line.")
    start, end = (_ms(source, number, word) / 1000 for word in fields[at - 2 : at])
    return start, end, fields[at] == "OK", fields[at - 3]


def _ms(source: Source, number: int, word: str) -> float:
    if not word.isdigit():
        raise source.unreadable(f"line {number} has {word!r} where a moment in ms belongs", "Correct that line.")
    return float(word)


def _reading(source: Source, requests: list[tuple[float, float, bool, str]], users: dict[str, list[float]]) -> Reading:
    log = RequestLog(
        np.array([end for _, end, _, _ in requests], dtype=np.float64),
        np.array([ok for _, _, ok, _ in requests], dtype=np.bool),
        [name for *_, name in requests],
    )
    starts, ends = (np.array(users[moment], dtype=np.float64) for moment in MOMENTS)
    if not len(starts):
        raise source.unreadable("it has no users", "Keep the lines that begin with USER.")
    edges = log.edges(source, float(starts.min()))
    return Reading(log.windows(source, edges, in_progress(starts, ends, edges)), source.choose(log.endpoint))


GATLING = Reader(
    name="gatling",
    summary="the text log of a Gatling simulation (up to 3.10)",
    example="mvn gatling:test; rampart knee target/gatling/*/simulation.log",
    recognises=_recognises,
    read=_read,
)
