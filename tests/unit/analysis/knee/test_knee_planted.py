"""The planted truth is itself true: closed formulas, another solver and limits agree with it, and life disturbs it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.knee.estimate import find_knee
from analysis.knee.saturation_curve import log_shape
from tests.planted.families import KINDS, draw
from tests.planted.fluids import Target, run
from tests.planted.networks import Network, Station, contended

USERS = np.array([1, 2, 5, 20, 60, 100])


def mean_value_analysis(demands: np.ndarray, think_s: float, users: int) -> float:
    """Reiser and Lavenberg's recursion for single servers, the textbook way."""
    queued, throughput = np.zeros(len(demands)), 0.0
    for n in range(1, users + 1):
        response = demands * (1.0 + queued)
        throughput = n / (think_s + response.sum())
        queued = throughput * response
    return throughput


def test_the_convolution_agrees_with_mean_value_analysis() -> None:
    network = Network((Station(0.2), Station(0.05), Station(0.11)), think_s=3.0)
    expected = [mean_value_analysis(np.array([0.2, 0.05, 0.11]), 3.0, n) for n in USERS]
    assert network.throughput(USERS) == pytest.approx(expected, rel=1e-9)


def test_equal_stations_without_think_time_follow_the_closed_formula() -> None:
    network = Network((Station(0.1),) * 3, think_s=0.0)
    assert network.throughput(USERS) == pytest.approx(USERS / (0.1 * (USERS + 2)), rel=1e-9)


def test_a_station_of_many_servers_equals_one_whose_rate_is_given() -> None:
    network = Network((Station(0.2, servers=4),), think_s=5.0)
    same = contended(lambda n: np.minimum(n, 4.0) / 0.2, think_s=5.0, horizon=400)
    assert network.throughput(USERS) == pytest.approx(same.throughput(USERS), rel=1e-9)
    assert network.knee_users == pytest.approx(same.knee_users, rel=1e-6)


def test_large_populations_neither_overflow_nor_exceed_the_bound() -> None:
    network = Network((Station(0.01, servers=64), Station(0.0001)), think_s=2.0)
    throughput = network.throughput(np.array([1, 1000, 20_000]))
    assert np.isfinite(throughput).all()
    assert throughput[-1] == pytest.approx(network.max_throughput_rps, rel=1e-6)


@pytest.mark.parametrize(("demand", "think"), [(0.1, 3.0), (0.01, 30.0), (0.01, 300.0)])
def test_the_soft_hinge_is_exact_for_one_server(demand: float, think: float) -> None:
    network = Network((Station(demand),), think)
    users = np.unique(np.geomspace(1, network.knee_users * 2, 30).astype(int))
    shape = np.exp(log_shape(users.astype(float), np.array([network.knee_users]), np.ones(1)))[0]
    assert network.throughput(users) * demand == pytest.approx(shape, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_beats_its_two_asymptotes(kind: str) -> None:
    truth = draw(kind, np.random.default_rng(4))
    users = np.unique(np.geomspace(1, truth.knee_users * 3, 20).astype(int))
    bound = np.minimum(users / truth.knee_users, 1.0) * truth.max_throughput_rps
    assert (truth.throughput(users) <= bound * 1.001).all()


TARGETS = {
    "plain": Target(4, 0.2, 3.0),
    "open-arrivals": Target(4, 0.2, 3.0, open_arrivals=True),
    "warm-up": Target(4, 0.2, 3.0, warm_up_s=2.0),
    "pauses": Target(4, 0.2, 3.0, pause_every_s=8.0, pause_s=0.8),
    "scales-out-below": Target(4, 0.2, 3.0, scales_out_at_s=110.0),
    "scales-out-saturated": Target(4, 0.2, 3.0, scales_out_at_s=210.0),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_disturbed_ramp_still_finds_the_true_knee(name: str) -> None:
    target = TARGETS[name]
    users = [round(target.knee_users * 2 * 1.5**-back) for back in range(7, -1, -1)]
    users += [round(target.knee_users * factor) for factor in (1.15, 0.87, 1.0)]
    estimates = [find_knee(run(target, users, np.random.default_rng(seed))) for seed in range(6)]
    values = [e.value for e in estimates if e.value is not None]
    covered = [e.low is not None and e.high is not None and e.low <= target.knee_users <= e.high for e in estimates]
    assert len(values) == 6
    assert float(np.median(values)) == pytest.approx(target.knee_users, rel=0.1)
    assert sum(covered) >= 5


def test_the_backlog_of_a_saturated_stage_does_not_hide_the_knee() -> None:
    target = TARGETS["open-arrivals"]
    knee = target.knee_users
    users = [round(knee * f) for f in (0.1, 0.2, 0.4, 0.8, 1.6, 0.6, 0.9, 1.1, 0.8)]
    estimate = find_knee(run(target, users, np.random.default_rng(8)))
    assert estimate.low is not None and estimate.high is not None and estimate.low <= knee <= estimate.high


@pytest.mark.parametrize("name", ["plain", "open-arrivals", "warm-up", "pauses"])
def test_a_disturbed_ramp_below_the_knee_finds_none(name: str) -> None:
    target = TARGETS[name]
    users = [round(target.knee_users * 0.6 * 1.5**-back) for back in range(5, -1, -1)]
    found = [find_knee(run(target, users, np.random.default_rng(seed))).value for seed in range(6)]
    assert found == [None] * 6
