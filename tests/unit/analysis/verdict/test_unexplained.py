"""A resource that is full at the knee is told whoever reads it, unless a finding explains it or it was full before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.metrics import OUTSIDE_WAITING, STATEMENT_EXEC_MS
from rampart.model import Counter, Gauge, Metric, Role
from rampart.tables import label_text
from rampart.verdict import UnexplainedSaturation
from tests.planted.recording import Plan, record

MAIL = Plan(where="mail", unloaded_ms=120.0, work_ms=100.0)
LICENCES = Gauge("desk.licences", "licences", Role.UTILISATION, "1", "licences in use", ("desk",), full_at=0.9)
STALLED_S = Counter("desk.stalled_s", "licences", Role.SATURATION, "s", "time in which somebody waited", full_at=0.5)
SALES = label_text({"desk": "sales"})


def rows(folder: Path, metric: Metric, plan: Plan) -> list[UnexplainedSaturation]:
    run = record(folder, plan)
    run.write_json("metrics.json", [one.as_json() for one in (metric, OUTSIDE_WAITING, STATEMENT_EXEC_MS)])
    return list(analyse(run).unexplained_saturation)


def licences(low: float, high: float) -> Plan:
    """Users beyond the knee (about 112) find so many licences in use."""

    def used(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("desk.licences", SALES): high if users > 80 else low}

    return replace(MAIL, gauges=used)


def test_what_no_detector_knows_is_told(tmp_path: Path) -> None:
    [row] = rows(tmp_path, LICENCES, licences(0.2, 0.97))
    assert (row.tenants, row.metric, row.labels) == (100, "desk.licences", {"desk": "sales"})
    assert (row.low, row.high, row.full_at) == (pytest.approx(0.2), pytest.approx(0.97), 0.9)
    assert "desk.licences (desk sales) is 0.97 at the knee" in row.sentence


def test_a_counter_is_judged_by_what_it_gains_a_second(tmp_path: Path) -> None:
    def stalled(users: int, rate: float, latency: float) -> Mapping[tuple[str, str], float]:
        return {("desk.stalled_s", "{}"): 0.8 if users > 80 else 0.1}

    [row] = rows(tmp_path, STALLED_S, replace(MAIL, counters=stalled))
    assert row.high == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize(
    ("metric", "plan"),
    [
        (LICENCES, licences(0.2, 0.6)),  # never full
        (LICENCES, licences(0.97, 0.97)),  # full whatever the load is
        (replace(LICENCES, full_at=None), licences(0.2, 0.97)),
        (replace(LICENCES, role=Role.DEMAND), licences(0.2, 0.97)),
        (LICENCES, replace(licences(0.2, 0.97), limit_rps=1e9)),  # no knee
    ],
)
def test_what_does_not_limit_is_not_told(metric: Metric, plan: Plan, tmp_path: Path) -> None:
    assert rows(tmp_path, metric, plan) == []


@pytest.mark.parametrize(("resource", "told"), [("licences", 1), ("outside", 0), ("db", 1)])
def test_what_a_finding_explains_is_not_told(resource: str, told: int, tmp_path: Path) -> None:
    """The evidence of `downstream` names a metric of the resource `outside`; that of its share explains no resource."""
    plan = replace(licences(0.2, 0.97), where="downstream", work_ms=0.0)
    found = rows(tmp_path, replace(LICENCES, resource=resource), plan)
    assert len(found) == told
