"""Few requests that take most of the target: of one tenant, of one endpoint, or evenly spread and so of neither."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analysis.attribution.attribute import Attribution
from analysis.detectors import app_cpu, event_loop_blocked, noisy_tenant, sync_work
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.record.tenant_costs import Costs
from analysis.stages.operating_point import Point
from rampart.finding import Finding
from rampart.model import Stage
from rampart.tables import READINGS, SPANS

PAGE, EXPORT = 0, 1
ENDPOINTS = ["GET /page", "GET /export"]
STAGE = Stage(0, 100, 100, "coarse", 0.0, 2.0, 12.0)
KNEE = KneeEstimate(90.0, 80.0, 100.0, None, 50.0, 0.5)
FULL = {"busiest app process": 0.97, "host cpu": 0.6, "app cpu": 0.49, "db cpu": 0.02}


def attribution(app: float = 90.0, pool: float = 0.0, hold_ms: tuple[float, float] = (5.0, 5.0)) -> Attribution:
    return Attribution(app + pool + 10.0, {}, {}, pool, app, 10.0, {}, hold_ms, 0.1)


def case(
    export_ms: dict[int, float], *, page_ms: float = 3.0, exports: int = 6, elsewhere_ms: float = 0.0, pages: int = 40
) -> LevelData:
    """Twenty tenants with so many pages each, and what an export takes the tenants that ask for some."""
    costs = Costs()
    for tenant in range(1, 21):
        costs.add(*rows(tenant, PAGE, [page_ms, 9 * page_ms] * (pages // 2)))
    for tenant, ms in export_ms.items():
        costs.add(*rows(tenant, EXPORT, [ms] + [2 * ms] * (exports - 1)))
    asked = exports * len(export_ms)
    own = sum(export_ms.values()) * exports
    spans = np.zeros((1, 2, len(SPANS)))
    spans[0, EXPORT, SPANS.index("total")] = own + asked * elsewhere_ms
    spans[0, EXPORT, SPANS.index("downstream")] = asked * elsewhere_ms
    requests = Requests([STAGE], ENDPOINTS, count=np.array([[20 * pages, asked]]), span_ms=spans, costs={100: costs})
    point = Point(STAGE, 0, 600, 0, 100.0, 60.0, FULL)
    return LevelData(100, [point], [point], [point], KNEE, {}, [], requests, Readings([]), {}, 500.0)


def rows(tenant: int, endpoint: int, own_ms: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.full(len(own_ms), tenant), np.full(len(own_ms), endpoint), np.array(own_ms)


def late(ms: float, crowded: float | None = None) -> Readings:
    """An event loop that is so late, once a second, while for a share of the time something waits for a processor."""
    seconds = np.arange(2.0, 13.0)
    read = {("loop.lag_ms", '{"process":"1"}'): np.full(len(seconds), ms)}
    if crowded is not None:
        read["host.cpu_pressure_s", "{}"] = crowded * seconds
    rows = [
        (at, metric, value, labels)
        for (metric, labels), values in read.items()
        for at, value in zip(seconds, values, strict=True)
    ]
    at, metric, value, labels = (pa.array(column) for column in zip(*rows, strict=True))
    columns = [at, metric.dictionary_encode(), value, labels.dictionary_encode()]
    return Readings([pa.RecordBatch.from_arrays(columns, schema=READINGS)])


def found(of: LevelData, by: Attribution | None = None) -> dict[str, Finding]:
    detectors = (noisy_tenant.DETECTOR, sync_work.DETECTOR, app_cpu.DETECTOR)
    seen = [d.detect(of, by or attribution(), {}) for d in detectors]
    return {f.id: f for f in seen if f is not None}


def test_one_tenants_exports_are_that_tenants() -> None:
    seen = found(case({7: 2000.0, 8: 20.0, 9: 20.0}))
    assert seen["noisy-tenant"].status == "supported"
    assert (seen["noisy-tenant"].resource, seen["noisy-tenant"].endpoint) == ("tenant 7", "GET /export")


def test_everybodys_reports_are_work_in_the_request_and_nobodys_in_particular() -> None:
    seen = found(case(dict.fromkeys(range(1, 21), 500.0), exports=1))
    assert "noisy-tenant" not in seen
    assert (seen["sync-work"].status, seen["sync-work"].endpoint) == ("supported", "GET /export")
    assert seen["sync-work"].share > 0.7
    assert seen["app-cpu"].share < 0.3


@pytest.mark.parametrize(
    "spread",
    [
        case(dict.fromkeys(range(1, 21), 30.0), exports=1),
        case(dict.fromkeys(range(1, 21), 500.0), exports=8),
        case(dict.fromkeys(range(1, 21), 1.0), exports=1, elsewhere_ms=2000.0),
    ],
    ids=["short", "frequent", "waits for others"],
)
def test_what_is_short_or_frequent_or_done_by_others_is_no_job(spread: LevelData) -> None:
    seen = found(spread)
    assert "sync-work" not in seen
    assert seen["app-cpu"].status == "supported"


@pytest.mark.parametrize(
    "quiet",
    [case({7: 2000.0}, exports=2), case({7: 100.0, 8: 100.0}), case({})],
    ids=["seen twice", "two alike", "nobody"],
)
def test_a_tenant_is_named_only_for_most_of_the_work_seen_more_than_once(quiet: LevelData) -> None:
    assert "noisy-tenant" not in found(quiet)


def test_requests_of_nobody_known_are_not_one_noisy_tenant() -> None:
    assert "noisy-tenant" not in found(case({-1: 2000.0}))
    beside = found(case({-1: 100.0, 7: 2000.0}))
    assert beside["noisy-tenant"].resource == "tenant 7"


def test_the_least_time_counts_so_that_load_does_not_make_a_tenant_noisy() -> None:
    costs = Costs()
    costs.add(*rows(1, PAGE, [3.0, *[900.0] * 5]))
    costs.add(*rows(2, PAGE, [3.0] * 6))
    costs.add(*rows(1, EXPORT, [50.0] * 6))
    assert costs.spent_ms().tolist() == [[18.0, 300.0], [18.0, 0.0]]
    assert costs.share_of_endpoint(EXPORT) == pytest.approx(300 / 336)


def test_a_tenant_that_is_seldom_seen_is_held_to_be_as_dear_as_most() -> None:
    costs = Costs()
    for tenant, ms in ((1, 10.0), (2, 20.0), (3, 30.0)):
        costs.add(*rows(tenant, EXPORT, [ms] * 6))
    costs.add(*rows(4, EXPORT, [4000.0]))
    costs.add(*rows(5, EXPORT, [5.0]))
    assert costs.spent_ms()[:, EXPORT].tolist() == [60.0, 120.0, 180.0, 20.0, 5.0]


def test_connections_that_a_standing_loop_holds_are_waited_for_on_its_account() -> None:
    idle = Point(STAGE, 0, 600, 0, 100.0, 60.0, {"busiest app process": 0.1})
    stalled = LevelData(100, [idle], [idle], [idle], KNEE, {}, [], Requests([STAGE]), late(400.0), {}, 500.0)
    held = event_loop_blocked.DETECTOR.detect(stalled, attribution(app=30.0, pool=60.0, hold_ms=(5.0, 100.0)), {})
    short = event_loop_blocked.DETECTOR.detect(stalled, attribution(app=30.0, pool=60.0), {})
    assert held is not None and short is not None
    assert (held.share, short.share) == (1.0, 0.4)


@pytest.mark.parametrize(
    ("crowded", "host", "status"),
    [(None, 0.3, "supported"), (0.15, 0.3, "supported"), (0.5, 0.8, "suspected"), (0.5, 0.86, None)],
    ids=["not read", "few wait", "many wait", "a full host"],
)
def test_a_loop_that_waits_for_a_processor_is_not_blocked(
    crowded: float | None, host: float, status: str | None
) -> None:
    use = {"busiest app process": 0.5, "host cpu": host, "app cpu": 0.6, "db cpu": 0.1}
    point = Point(STAGE, 0, 600, 0, 100.0, 60.0, use)
    seen = LevelData(100, [point], [point], [point], KNEE, {}, [], Requests([STAGE]), late(400.0, crowded), {}, 500.0)
    named = event_loop_blocked.DETECTOR.detect(seen, attribution(app=90.0), {})
    assert (named.status if named else None) == status


def test_what_is_full_is_looked_at_past_the_interval_of_the_knee() -> None:
    inside, past = (
        Point(replace(STAGE, users=users), i, 600, 0, 100.0, 60.0, {"busiest app process": used})
        for i, (users, used) in enumerate([(95, 0.7), (140, 0.9)])
    )
    seen = LevelData(
        100, [inside, past], [inside], [inside, past], KNEE, {}, [], Requests([STAGE]), Readings([]), {}, 500.0
    )
    assert seen.utilisation("busiest app process") == 0.9
    assert replace(seen, high=[inside]).utilisation("busiest app process") == 0.7
