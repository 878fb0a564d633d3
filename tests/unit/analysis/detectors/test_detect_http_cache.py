"""Answers that repeat and that nobody said may be kept: a waste that is told, and first where it fills a processor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis.attribution.attribute import Attribution
from analysis.detectors import app_cpu, http_cache_missing
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.record.tenant_costs import Costs
from analysis.stages.operating_point import Point
from analysis.verdict.analyse import analyse
from rampart.finding import Finding
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS, SPANS, label_text
from rampart.verdict import Verdict
from scenarios.generator.row_values import caching
from scenarios.generator.table_writer import TableWriter


def judged(folder: Path, *, caching: str = "undeclared", answers: int = 1, share: float = 0.5) -> Verdict:
    """A load whose endpoint `GET /a` gives so many different answers; the others' answers all differ."""
    run, _ = Run.create(folder, "read", {"target": {"name": "planted"}})
    run.add_stage(Stage(0, 100, 30, "coarse", 0.0, 0.0, 40.0))
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    readings = TableWriter(run.folder / "readings-generator-1.arrow", READINGS, seconds=1e9)
    read = {"GET /a": 0, "GET /b": 0}
    for n in range(1_000):
        at, endpoint = n * 0.04, "GET /a" if n % 100 < 100 * share else "GET /b"
        digest = n % answers if endpoint == "GET /a" else n
        row = {"due": at, "start": at, "latency_ms": 5.0, "endpoint": endpoint, "tenant": "7", "outcome": "ok"}
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


def told(verdict: Verdict) -> list[str]:
    return [one.claim for one in verdict.inefficiencies if one.id == "http-cache-missing"]


def test_what_repeats_and_is_not_declared_is_told_and_never_first(tmp_path: Path) -> None:
    verdict = judged(tmp_path)
    [claim] = told(verdict)
    assert claim.endswith("GET /a")
    assert verdict.first is None
    [finding] = [f for f in verdict.ranked if f.id == "http-cache-missing"]
    assert finding.status == "suspected"
    assert finding.evidence[0].seen == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "plan",
    [{"caching": "kept"}, {"caching": "checked"}, {"caching": "forbidden"}, {"answers": 100}, {"share": 0.05}],
    ids=["kept", "checked", "forbidden", "it changes", "little"],
)
def test_what_is_declared_changes_or_matters_little_is_not(tmp_path: Path, plan: dict) -> None:  # type: ignore[type-arg]
    assert told(judged(tmp_path, **plan)) == []


PAGE, FILE = "GET /page", "GET /app.js"
STAGE = Stage(0, 100, 100, "coarse", 0.0, 2.0, 12.0)


def found(file_ms: float, *, full: float = 0.97) -> dict[str, Finding]:
    """Twenty tenants with forty pages of 3 ms each and as many of one file, at a processor that is so full."""
    costs, words, seconds = Costs(), [], np.arange(2.0, 13.0)
    for tenant in range(1, 21):
        for endpoint, ms in enumerate((3.0, file_ms)):
            costs.add(np.full(40, tenant), np.full(40, endpoint), np.array([ms] + [5 * ms] * 39))
    answers = {PAGE: [np.arange(800)], FILE: [np.repeat(np.arange(20), 40)]}
    spans = np.zeros((1, 2, len(SPANS)))
    requests = Requests(
        [STAGE], [PAGE, FILE], count=np.array([[800, 800]]), span_ms=spans, answers=answers, costs={100: costs}
    )
    for name in (PAGE, FILE):
        labels = label_text({"caching": "undeclared", "endpoint": name})
        texts = [pa.array([word] * len(seconds)).dictionary_encode() for word in ("generator.read", labels)]
        columns = [pa.array(seconds), texts[0], pa.array(80.0 * seconds), texts[1]]
        words.append(pa.RecordBatch.from_arrays(columns, schema=READINGS))
    used = {"busiest app process": full, "host cpu": 0.6, "app cpu": 0.49, "db cpu": 0.02}
    point = Point(STAGE, 0, 1600, 0, 160.0, 60.0, used)
    knee = KneeEstimate(90.0, 80.0, 100.0, None, 50.0, 0.5)
    case = LevelData(100, [point], [point], [point], knee, {}, [], requests, Readings(words), {}, 500.0)
    attribution = Attribution(100.0, {}, {}, 0.0, 90.0, 10.0, {}, (5.0, 5.0), 0.1)
    seen = [d.detect(case, attribution, {}) for d in (http_cache_missing.DETECTOR, app_cpu.DETECTOR)]
    return {f.id: f for f in seen if f is not None}


def test_what_everybody_gets_repeats_even_where_each_tenant_asks_for_it_seldom() -> None:
    tenant, digest = np.arange(100).repeat(3) << 32, np.arange(-50, 250)
    answers = {"GET /app.js": [tenant - 7], "GET /list": [tenant + digest]}
    requests = Requests([STAGE], list(answers), answers=answers)
    assert requests.repeated("GET /app.js") == pytest.approx(1 - 1 / 300)
    assert requests.repeated("GET /list") == 0


def test_a_file_that_is_made_again_for_each_who_asks_is_what_the_processor_is_full_of() -> None:
    seen = found(30.0)
    assert (seen["http-cache-missing"].status, seen["http-cache-missing"].resource) == ("supported", FILE)
    assert seen["http-cache-missing"].share == pytest.approx(0.9 * 30 / 33 * 0.975)  # all but each tenant's first
    assert seen["app-cpu"].share < 0.3


@pytest.mark.parametrize("plan", [{"file_ms": 0.1}, {"file_ms": 30.0, "full": 0.5}], ids=["cheap", "not full"])
def test_a_file_that_costs_nothing_or_fills_nothing_is_a_waste_alone(plan: dict[str, float]) -> None:
    seen = found(**plan)
    assert seen["http-cache-missing"].share < 0.05
    assert seen["app-cpu"].status == ("supported" if "full" not in plan else "suspected")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "undeclared"),
        ({"Cache-Control": "private, max-age=60"}, "kept"),
        ({"Cache-Control": "max-age=0, must-revalidate"}, "undeclared"),
        ({"Cache-Control": "max-age=0", "ETag": '"1"'}, "checked"),
        ({"Cache-Control": "private, no-store", "ETag": '"1"'}, "forbidden"),
        ({"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, "checked"),
        ({"Cache-Control": "no-cache, max-age=3600", "ETag": '"1"'}, "checked"),
        ({"Cache-Control": "no-cache, max-age=3600"}, "undeclared"),
    ],
)
def test_what_headers_say_of_keeping_an_answer(headers: dict[str, str], said: str) -> None:
    assert caching(headers) == said
