"""docs/metrics.md and what the probes declare are one list."""

from __future__ import annotations

import probes
from probes._probe import Probe
from rampart.model import Metric
from rampart.plugins import discover
from tests.unit.probes.metrics_page import documented

# Written by Locust's recorder and by the conductor.
OF_OTHERS = "generator."


def declared() -> dict[str, list[Metric]]:
    found: dict[str, list[Metric]] = {}
    for probe in discover(probes, Probe).values():
        for metric in probe.metrics:
            found.setdefault(metric.name, []).append(metric)
    return found


def test_every_documented_metric_is_declared_by_a_probe() -> None:
    assert {name for name in documented() if not name.startswith(OF_OTHERS)} - set(declared()) == set()


def test_every_declared_metric_is_documented() -> None:
    assert set(declared()) - set(documented()) == set()


def test_kinds_and_units_agree() -> None:
    page = documented()
    apart = [
        (metric.name, metric.kind, metric.unit)
        for metrics in declared().values()
        for metric in metrics
        if metric.kind != page[metric.name].kind or metric.unit not in page[metric.name].units
    ]
    assert apart == []


def test_two_probes_that_declare_one_metric_mean_the_same() -> None:
    apart = [name for name, metrics in declared().items() if len({(m.kind, m.role, m.unit) for m in metrics}) > 1]
    assert apart == []


def test_the_page_itself_is_read() -> None:
    page = documented()
    assert page["db.statement.exec_ms"].labels == {"statement"}
    assert page["db.deadlocks"].kind == "counter"
    assert len(page) > 70
