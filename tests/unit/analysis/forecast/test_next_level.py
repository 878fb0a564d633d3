"""The next tenant level, forecast from planted ones whose growth is known, and scored by what came."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from analysis.forecast import elasticity
from analysis.forecast.elasticity import Cost
from analysis.forecast.scorecard import FORECAST
from analysis.verdict.analyse import analyse
from rampart.finding import Interval
from rampart.prediction import Forecast
from rampart.verdict import Verdict
from tests.planted.levels import FACTS, Growing, record

GROWING = Growing()
LEVELS = (100, 1_000, 10_000)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    return analyse(record(tmp_path_factory.mktemp("grown"), [GROWING.plan(n) for n in LEVELS], FACTS))


def of_level(verdict: Verdict, tenants: int) -> Forecast:
    return next(row for row in verdict.forecasts if row.tenants == tenants)


def test_a_scan_that_becomes_the_limit_is_forecast_by_load_and_by_name(grown: Verdict) -> None:
    assert [level.first for level in grown.levels][-1] == "missing-index"
    found = of_level(grown, 10_000)
    assert found.made_from == (100, 1_000)
    assert found.first == "missing-index"
    assert "public.orders" in found.resource
    knee = GROWING.knee_users(GROWING.plan(10_000))
    assert found.knee_users.low <= knee <= found.knee_users.high
    assert found.knee_users.high < GROWING.knee_users(GROWING.plan(1_000))
    assert (found.scored, found.held) == (True, True), found.sentence


def test_one_level_says_what_it_assumes_and_is_wider_than_two(grown: Verdict) -> None:
    one, two = of_level(grown, 1_000), of_level(grown, 10_000)
    assert one.made_from == (100,)
    assert "One level was seen" in one.assumed
    assert width(one) > width(two)


def width(row: Forecast) -> float:
    return float(np.log(row.knee_users.high / row.knee_users.low))


def test_beyond_the_last_level_there_is_a_forecast_that_nothing_scores(grown: Verdict) -> None:
    beyond = of_level(grown, 100_000)
    assert (beyond.scored, beyond.seen, beyond.held) == (False, None, None)
    assert beyond.knee_users.value < 0.3 * of_level(grown, 10_000).knee_users.value


def test_the_elasticity_of_each_demand_is_recovered(grown: Verdict) -> None:
    rows = {row.of: row for row in grown.elasticity}
    host = rows["host cpu"].measured
    demands = np.log([1 / GROWING.limit_rps(n) for n in LEVELS])
    assert host.low <= np.polyfit(np.log(LEVELS), demands, 1)[0] <= host.high
    scan = rows["SELECT * FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2"]
    assert scan.scans == "public.orders"
    assert scan.believed.value > 0.9
    steady = rows["SELECT * FROM days WHERE tenant_id = $1"].believed
    assert steady.low < 0 < steady.high < 0.3


def test_a_bottleneck_that_jumps_is_scored_as_missed(tmp_path: Path) -> None:
    relay = replace(
        GROWING.plan(10_000), where="mail", limit_rps=9.0, users=(3, 5, 8, 12, 20, 40), unloaded_ms=120.0, work_ms=90.0
    )
    verdict = analyse(record(tmp_path, [GROWING.plan(100), GROWING.plan(1_000), relay], FACTS))
    found = of_level(verdict, 10_000)
    assert found.seen.first == "sync-work"
    assert (found.held, found.knee_held, found.first_held) == (False, False, False)
    assert "missed" in found.sentence


def test_what_was_written_before_seeding_is_what_is_scored(tmp_path: Path) -> None:
    run = record(tmp_path, [GROWING.plan(n) for n in LEVELS], FACTS)
    told = Forecast(
        tenants=10_000, made_from=(100, 1_000), knee_users=Interval(900.0, 800.0, 1_000.0), first="app-cpu",
        probability=0.9, rivals={}, limits=(), resource=None, assumed="nothing",
    )  # fmt: skip
    run.log(55.0, FORECAST, "a bold one", forecast=asdict(told))
    found = of_level(analyse(run), 10_000)
    assert (found.made, found.made_at, found.knee_users.value) == ("before", 55.0, 900.0)
    assert found.held is False


def test_a_line_of_the_log_that_is_no_forecast_is_not_taken_for_one(tmp_path: Path) -> None:
    run = record(tmp_path, [GROWING.plan(n) for n in LEVELS], FACTS)
    run.log(55.0, FORECAST, "torn", forecast={"tenants": 10_000, "knee_users": "many"})
    found = of_level(analyse(run), 10_000)
    assert (found.made, found.made_at) == ("afterwards", None)


def test_a_planned_level_that_never_came_keeps_its_forecast(tmp_path: Path) -> None:
    plans = [GROWING.plan(n) for n in LEVELS[:2]]
    verdict = analyse(record(tmp_path, plans, FACTS, levels=list(LEVELS)))
    assert of_level(verdict, 10_000).scored is False


def test_the_growth_of_scans_and_of_steady_statements_lies_within_their_intervals() -> None:
    """200 statements each: other tenants at each level move a steady one by a quarter, a scan by a tenth at most."""
    rng = np.random.default_rng(41)
    covered = {"scan": 0, "steady": 0}
    for _ in range(200):
        fixed, rows = float(np.exp(rng.normal(-0.5, 1))), float(np.exp(rng.normal(5, 0.7)))
        truth = [fixed + elasticity.ROW_MS * rows * n for n in LEVELS]
        seen = [Cost(ms * np.exp(0.08 * rng.normal()), 1.0, rows * n, "t") for n, ms in zip(LEVELS, truth, strict=True)]
        covered["scan"] += inside(seen, truth[2] / seen[1].ms)
        slope = rng.normal(0, elasticity.USUAL)
        steady = [Cost(float(np.exp(0.2 * rng.normal())) * n**slope, 1.0, 0.0, None) for n in LEVELS]
        covered["steady"] += inside(steady, LEVELS[2] ** slope / steady[1].ms)
    assert covered["scan"] >= 180
    assert covered["steady"] >= 180


def inside(seen: list[Cost], truth: float) -> bool:
    known = list(zip(LEVELS, seen, strict=True))[:2]
    low, high = np.quantile(elasticity.growth(known, LEVELS[2], np.random.default_rng(1)), (0.025, 0.975))
    return bool(low * 0.9 <= truth <= high * 1.1)
