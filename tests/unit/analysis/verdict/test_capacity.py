"""What a level holds, each number under its own name: the objective's bracket and shape, latency at half the knee."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.verdict import LevelCapacity, ObjectiveBracket
from tests.planted.recording import Plan, record

USERS = (15, 30, 60, 120, 240)


def capacity(folder: Path, **plan: object) -> LevelCapacity:
    [row] = analyse(record(folder, Plan(users=USERS, seconds=8.0, **plan))).capacity  # type: ignore[arg-type]
    return row


def test_a_target_that_only_saturates_loses_its_objective_smoothly(tmp_path: Path) -> None:
    slo = capacity(tmp_path).slo_users
    assert (slo.met, slo.missed, slo.shape) == (60, 120, "smooth")
    assert slo.missed_by == ("latency",)
    assert slo.throughput_kept > 1


def test_a_target_that_does_less_with_more_users_falls_off_a_cliff(tmp_path: Path) -> None:
    slo = capacity(tmp_path, limits_rps={3: 30.0, 4: 20.0}).slo_users
    assert (slo.met, slo.missed, slo.shape) == (60, 120, "cliff")
    assert slo.throughput_kept == pytest.approx(30 / 58.8, rel=0.25)


def test_what_is_refused_is_no_throughput_but_what_is_served_goes_on(tmp_path: Path) -> None:
    slo = capacity(tmp_path, limit_rps=1e9, refused_above_rps=40.0).slo_users
    assert (slo.met, slo.missed, slo.shape) == (30, 60, "smooth")
    assert slo.missed_by == ("errors",)
    assert slo.throughput_kept == pytest.approx(40 / 29.4, rel=0.25)


def test_an_objective_that_is_never_missed_has_no_shape(tmp_path: Path) -> None:
    slo = capacity(tmp_path, limit_rps=1e9).slo_users
    assert slo == ObjectiveBracket(met=240, missed=None, missed_by=(), shape=None, throughput_kept=None)


def test_latency_at_half_the_knee_is_that_of_a_target_without_queues(tmp_path: Path) -> None:
    row = capacity(tmp_path, unloaded_ms=50.0)
    half = row.at_half_knee
    assert half.users == pytest.approx(row.knee_users.value / 2)
    assert half.from_users[0] <= half.users <= half.from_users[1]
    assert half.mean_ms == row.latency_at_half_knee_ms == pytest.approx(50.0, rel=0.1)


def test_the_most_that_was_seen_and_the_most_that_is_possible_are_two_numbers(tmp_path: Path) -> None:
    row = capacity(tmp_path)
    assert row.max_throughput_rps == pytest.approx(100.0, rel=0.1)
    assert row.best_stage_rps == pytest.approx(100.0, rel=0.1)
    assert capacity(tmp_path, limit_rps=1e9).at_half_knee is None


def test_a_stage_that_a_stranger_spoiled_was_not_tried(tmp_path: Path) -> None:
    def busy(users: int, rate: float, latency: float) -> dict[tuple[str, str], float]:
        return {("host.cpu_busy_s", "{}"): 1.9 if users == USERS[-1] else 0.3, ("role.cpu_s", '{"role": "app"}'): 0.2}

    assert capacity(tmp_path, limit_rps=1e9, counters=busy).tested_users == USERS[-2]
