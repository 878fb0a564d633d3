"""What `k6 run --out json=FILE` writes: a line of JSON for each sample of each metric."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from readers.load_results._k6 import METRICS, reading
from readers.load_results._reader import Reader, Reading, Source, begins
from readers.load_results._request_log import RequestLog

Point = tuple[float, float, dict[str, Any]]  # moment in seconds, value, tags


def _points(source: Source) -> Iterator[tuple[str, Point]]:
    """The samples of the metrics that count; a torn last line is left out."""
    torn: int | None = None
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            if torn is not None:
                raise source.unreadable(f"line {torn} is not JSON", "Correct or leave out that line.")
            if not any(f'"{metric}"' in line for metric in METRICS):
                continue
            try:
                sample = json.loads(line)
            except ValueError:
                torn = number
                continue
            if sample.get("type") == "Point" and sample.get("metric") in METRICS:
                yield sample["metric"], _point(source, number, sample.get("data", {}))


def _point(source: Source, number: int, data: dict[str, Any]) -> Point:
    try:
        moment, value = datetime.fromisoformat(data["time"]).timestamp(), float(data["value"])
    except (KeyError, TypeError, ValueError):
        raise source.unreadable(f"line {number} has no time with a value", "Correct or leave out that line.") from None
    if not 0 <= value < float("inf"):
        why = f"line {number} has {value:g}, which must be a finite number that is not negative"
        raise source.unreadable(why, "Correct that line.")
    return moment, value, data.get("tags") or {}


def _read(source: Source) -> Reading:
    samples: dict[str, list[Point]] = {metric: [] for metric in METRICS}
    for metric, point in _points(source):
        samples[metric].append(point)
    requests, users = (samples[metric] for metric in METRICS)
    log = RequestLog(
        np.array([at for at, _, _ in requests], dtype=np.float64),
        np.array([tags.get("expected_response") != "false" for _, _, tags in requests], dtype=np.bool),
        [str(tags.get("name", "")) for _, _, tags in requests],
    )
    at_s, vus = (np.array([point[part] for point in users], dtype=np.float64) for part in (0, 1))
    return reading(source, log, at_s, vus)


K6_JSON = Reader(
    name="k6-json",
    summary="the samples that k6 --out json writes",
    example="k6 run --out json=samples.json script.js; rampart knee samples.json",
    recognises=begins(r'^\{.*"type": ?"(Metric|Point)"'),
    read=_read,
)
