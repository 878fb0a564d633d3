"""Answers that repeat and that nobody said may be kept: a waste that is told, and never the first bottleneck."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.verdict import analyse
from rampart.model import JSON, Stage
from rampart.runs import READINGS, REQUESTS, Run, TableWriter, label_text
from scenarios._rows import caching


def judged(folder: Path, *, caching: str = "undeclared", answers: int = 1, share: float = 0.5) -> JSON:
    """A load whose endpoint `GET /a` gives so many different answers; the others' answers all differ."""
    run, _ = Run.create(folder, "read", {"target": {"name": "planted"}})
    run.add_stage(Stage(0, 100, 30, "coarse", 0.0, 0.0, 40.0))
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    readings = TableWriter(run.folder / "readings-generator-1.arrow", READINGS, seconds=1e9)
    read = {"GET /a": 0, "GET /b": 0}
    for n in range(1_000):
        at, endpoint = n * 0.04, "GET /a" if n % 100 < 100 * share else "GET /b"
        digest = n % answers if endpoint == "GET /a" else n
        row = {"due": at, "start": at, "latency_ms": 5.0, "endpoint": endpoint, "tenant": 7, "outcome": "ok"}
        row |= {"status": 200, "bytes": 100, "digest": digest}
        requests.append([row.get(name) for name in REQUESTS.names])
        read[endpoint] += 1
        if n % 25 == 0:
            for name, count in read.items():
                labels = label_text({"writer": "1", "endpoint": name, "caching": caching})
                readings.append((at, "generator.read", float(count), labels))
                readings.append((at, "generator.read_bytes", 100.0 * count, labels))
    requests.close()
    readings.close()
    return analyse(run)


def told(verdict: JSON) -> list[str]:
    return [one["claim"] for one in verdict["inefficiencies"] if one["id"] == "http-cache-missing"]


def test_what_repeats_and_is_not_declared_is_told_and_never_first(tmp_path: Path) -> None:
    verdict = judged(tmp_path)
    [claim] = told(verdict)
    assert claim.endswith("GET /a")
    assert verdict["first"] is None
    [finding] = [f for f in verdict["ranked"] if f["id"] == "http-cache-missing"]
    assert finding["status"] == "suspected"
    assert finding["evidence"][0]["seen"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "plan",
    [{"caching": "kept"}, {"caching": "checked"}, {"caching": "forbidden"}, {"answers": 100}, {"share": 0.05}],
    ids=["kept", "checked", "forbidden", "it changes", "little"],
)
def test_what_is_declared_changes_or_matters_little_is_not(tmp_path: Path, plan: dict) -> None:  # type: ignore[type-arg]
    assert told(judged(tmp_path, **plan)) == []


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "undeclared"),
        ({"Cache-Control": "private, max-age=60"}, "kept"),
        ({"Cache-Control": "max-age=0, must-revalidate"}, "undeclared"),
        ({"Cache-Control": "max-age=0", "ETag": '"1"'}, "checked"),
        ({"Cache-Control": "private, no-store", "ETag": '"1"'}, "forbidden"),
        ({"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, "checked"),
    ],
)
def test_what_headers_say_of_keeping_an_answer(headers: dict[str, str], said: str) -> None:
    assert caching(headers) == said
