"""docs/metrics.md is made from the metrics themselves, and a probe that somebody adds stands in it and is recorded."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from analysis.record.readings import Readings
from benchmarks.metrics_page import PAGE, page, written_by
from conductor import probe_runner
from probes._probe import Probe
from rampart import metrics
from rampart.config import Target
from rampart.model import Gauge
from rampart.plugins import discover
from rampart.runs import Run

_PROBE = """
from collections.abc import Iterable

from probes._probe import Probe
from rampart import metrics
from rampart.model import JSON, Gauge, Reading, Role

TICKETS = Gauge("desk.tickets", "desk", Role.SATURATION, "1", "tickets that nobody has read", ("desk",))


class _Desk:
    def read(self) -> Iterable[Reading]:
        return [Reading(TICKETS, 7.0, {"desk": "sales"}), Reading(metrics.QUEUE_READY, 3.0, {"queue": "mail"})]

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        return None


PROBE = Probe("desk", "Tickets on the desk.", 0.05, (TICKETS, metrics.QUEUE_READY), lambda _target: _Desk())
"""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(written_by()), "run `make docs`"


def test_a_metric_is_declared_once() -> None:
    """Probes that share a metric take it from the kernel; no two values have one name."""
    counts = Counter(metric.name for metric in written_by())
    assert [name for name, count in counts.items() if count > 1] == []


def test_what_no_probe_reads_is_the_recorders() -> None:
    unread = {metric.name for metric, by in written_by().items() if by == ["recorder"]}
    assert metrics.GENERATOR_REQUESTS.name in unread
    assert all(name.startswith("generator.") for name in unread)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A folder with one probe in it."""
    package = tmp_path / "added_probes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "desk.py").write_text(_PROBE)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(package.name)


def test_adding_a_probe_is_adding_a_file(folder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [probe] = discover(folder, Probe).values()
    [tickets, _] = probe.metrics
    assert isinstance(tickets, Gauge)
    assert "| `desk.tickets` | gauge | saturation | 1 | desk |  | tickets that nobody has read |" in page(
        {tickets: ["desk"]}
    )

    monkeypatch.setattr(probe_runner, "every_probe", lambda: discover(folder, Probe))
    run, clock = Run.create(tmp_path / "runs", "shop", {})
    watch = probe_runner.Watch(Target("shop", "http://127.0.0.1:1"), run, clock, "1")
    watch.boundary()
    watch.close()
    declared = {row["name"]: row for row in run.read_json("metrics.json")}
    assert declared["desk.tickets"] == tickets.as_json()
    readings = Readings(run.readings())
    assert readings.highest(tickets, 0.0, 60.0, desk="sales") == 7.0
    assert readings.highest(metrics.QUEUE_READY, 0.0, 60.0, queue="mail") == 3.0
