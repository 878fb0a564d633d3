"""The knee of a ramp: planted truth is recovered, its absence is said, and nonsense is never turned into a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.knee.estimate import KneeEstimate, OneUser, find_knee
from rampart.windows import StageWindows
from tests.planted.cases import cases, high_starts
from tests.planted.networks import Network, Station
from tests.planted.ramps import CLEAN, HIGH, geometric, measure, there_and_back

POOL = Network((Station(0.2, servers=8), Station(0.01)), think_s=5.0)  # knee at 208 users, 40 requests/s


def stages(users: Sequence[float], throughput: Sequence[float], windows: int = 8) -> list[StageWindows]:
    return [StageWindows(u, np.full(windows, x)) for u, x in zip(users, throughput, strict=True)]


def measured(reach: float, ratio: float = 1.6, count: int = 8, seed: int = 1) -> list[StageWindows]:
    users = geometric(POOL.knee_users * reach, ratio, count)
    return measure(POOL, users, CLEAN, 8, np.random.default_rng(seed))


def covers(estimate: KneeEstimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high


@pytest.mark.parametrize("reach", [1.3, 2.0, 4.0])
def test_the_planted_knee_lies_in_the_interval_and_near_the_value(reach: float) -> None:
    estimate = find_knee(measured(reach))
    assert estimate.value == pytest.approx(POOL.knee_users, rel=0.15)
    assert covers(estimate, POOL.knee_users)
    assert estimate.reason is None


def test_the_plateau_is_reported_as_the_maximum_throughput() -> None:
    assert find_knee(measured(3.0)).max_throughput_rps == pytest.approx(POOL.max_throughput_rps, rel=0.1)


@pytest.mark.parametrize("reach", [0.25, 0.5, 0.7])
def test_a_ramp_that_ends_before_the_knee_has_none_and_says_how_efficient_it_still_was(reach: float) -> None:
    estimate = find_knee(measured(reach))
    assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
    assert estimate.reason is not None and "not reached" in estimate.reason and "efficiency" in estimate.reason
    assert estimate.efficiency_last is not None and estimate.efficiency_last > 0.9


def test_coming_back_to_bisect_narrows_the_interval() -> None:
    coarse = geometric(POOL.knee_users * 2.2, 2.0, 6)
    once, again = (
        find_knee(run(POOL, coarse, CLEAN, 8, np.random.default_rng(5))) for run in (measure, there_and_back)
    )
    assert once.low and once.high and again.low and again.high
    assert again.high / again.low < once.high / once.low


def test_the_order_of_the_stages_does_not_matter() -> None:
    ramp = measured(2.0)
    assert find_knee(ramp[::-1]) == find_knee(ramp)


def test_the_same_ramp_gives_the_same_estimate() -> None:
    assert find_knee(measured(2.0)) == find_knee(measured(2.0))


def test_repeats_that_disagree_widen_the_interval() -> None:
    users = [25.0, 50.0, 100.0, 200.0, 400.0]
    rates = [5.0, 10.0, 20.0, 38.0, 40.0]
    calm = stages(users * 2, rates * 2)
    moody = stages(users * 2, [x * 0.85 for x in rates] + [x * 1.15 for x in rates])
    narrow, wide = find_knee(calm), find_knee(moody)
    assert narrow.low and narrow.high and wide.low and wide.high
    assert wide.high / wide.low > 1.3 * narrow.high / narrow.low
    assert wide.drift is not None and narrow.drift is not None and wide.drift > 2 * narrow.drift


def test_noisier_windows_widen_the_interval() -> None:
    users = geometric(POOL.knee_users * 3, 1.5, 9)
    quiet, noisy = (find_knee(measure(POOL, users, n, 8, np.random.default_rng(2))) for n in (CLEAN, HIGH))
    assert quiet.low and quiet.high and noisy.low and noisy.high
    assert noisy.high / noisy.low > quiet.high / quiet.low


def test_throughput_that_falls_again_does_not_pull_the_knee_down() -> None:
    users = [10.0, 20.0, 40.0, 80.0, 100.0, 160.0, 320.0]
    falling = find_knee(stages(users, [2.0, 4.0, 8.0, 16.0, 20.0, 9.0, 4.0]))
    assert falling.value is not None and 95.0 < falling.value < 160.0
    assert falling.falling is not None and falling.falling > 0.9


def test_throughput_that_is_flat_from_the_start_has_its_knee_below_the_ramp() -> None:
    estimate = find_knee(stages([100, 200, 400, 800], [50.0, 50.0, 50.0, 50.0]))
    assert (estimate.value, estimate.below) == (None, 100.0)
    assert estimate.reason is not None and "start lower" in estimate.reason
    assert estimate.max_throughput_rps == pytest.approx(50.0)


def test_what_one_user_gets_gives_the_knee_that_lies_below_the_first_stage() -> None:
    flat = stages([100, 200, 400, 800], [50.0, 50.0, 50.0, 50.0])
    estimate = find_knee(flat, alone=OneUser(1.0, 0.05))
    assert estimate.value == pytest.approx(50.0, rel=0.1)
    assert covers(estimate, 50.0) and estimate.below is None


def test_what_one_user_gets_is_believed_no_further_than_its_error() -> None:
    flat = stages([100, 200, 400, 800], [50.0, 50.0, 50.0, 50.0])
    sure, vague = find_knee(flat, alone=OneUser(1.0, 0.02)), find_knee(flat, alone=OneUser(1.0, 0.5))
    assert sure.low and sure.high and vague.low and vague.high
    assert vague.high / vague.low > 2 * sure.high / sure.low


def test_a_fall_before_the_first_stage_leaves_the_knee_between_the_two() -> None:
    """Nothing shows where it stood: from the most throughput that was seen to the first stage, all is possible."""
    falling = stages([100, 200, 400, 800], [20.0, 10.0, 5.0, 2.5])
    estimate = find_knee(falling, alone=OneUser(1.0, 0.05))
    assert covers(estimate, 25.0) and covers(estimate, 80.0)
    assert estimate.high is not None and estimate.high <= 105.0


def test_a_bend_that_may_be_noise_is_an_interval_and_not_a_knee_below_all() -> None:
    """Four quick stages of about a hundred requests, as a ramp at 10,000 tenants measured them."""
    rates = {15: [14, 13, 14, 13, 15, 16, 14, 14], 30: [15, 19, 28, 25, 24, 21, 17, 20],
             48: [17, 16, 19, 16, 15, 13, 14, 15], 25: [16, 14, 12, 13, 15, 14, 13, 18]}  # fmt: skip
    ramp = [StageWindows(users, np.array(rps, float)) for users, rps in rates.items()]
    vague, told = find_knee(ramp), find_knee(ramp, alone=OneUser(0.96, 0.07))
    assert vague.below is None and vague.low and vague.high and vague.low < 15 < vague.high
    assert told.low and told.high and told.high / told.low < 0.5 * vague.high / vague.low


def test_throughput_that_grows_faster_than_the_users_has_no_knee() -> None:
    assert find_knee(stages([10, 20, 40, 80, 160], [1.0, 3.0, 8.0, 20.0, 50.0])).value is None


@pytest.mark.parametrize(
    ("ramp", "word"),
    [
        ([], "no stage"),
        (stages([10], [2.0]), "1 stage"),
        (stages([10, 100], [2.0, 4.0]), "2 stage"),
        (stages([50, 50, 50, 50], [9.0, 9.0, 9.0, 9.0]), "1 stage"),
        (stages([10, 20, 40, 80], [0.0, 0.0, 0.0, 0.0]), "no stage"),
        (stages([10, 20, 40, 80], [np.nan] * 4), "no stage"),
        (stages([10, 20, 40, 80], [np.inf] * 4), "no stage"),
        (stages([10, 20, 40, 80], [-3.0] * 4), "no stage"),
        (stages([10, 20, 40, 80], [1e300] * 4), "no stage"),
        (stages([0, -5, np.nan, np.inf], [1.0, 2.0, 3.0, 4.0]), "no stage"),
        (stages([10, 20, 40], [2.0, 4.0, 4.0], windows=0), "no stage"),
    ],
    ids=[
        "none",
        "one",
        "two",
        "one-level",
        "silent",
        "nan",
        "infinite",
        "negative",
        "absurd",
        "bad-users",
        "no-windows",
    ],
)
def test_degenerate_ramps_give_a_reason_and_no_number(ramp: list[StageWindows], word: str) -> None:
    estimate = find_knee(ramp)
    assert estimate.value is None and estimate.low is None and estimate.high is None
    assert estimate.reason is not None and word in estimate.reason


def test_bad_windows_and_dead_stages_are_left_out() -> None:
    ramp = measured(2.0)
    holes = [StageWindows(s.users, np.append(s.throughput_rps, [np.nan, np.inf, -1.0])) for s in ramp]
    dead = [StageWindows(-5.0, np.ones(8)), StageWindows(30.0, np.zeros(8)), StageWindows(np.nan, np.ones(8))]
    assert find_knee(holes + dead) == find_knee(ramp)


def test_one_window_per_stage_is_enough_for_a_wide_answer() -> None:
    ramp = measured(3.0)
    single = [StageWindows(s.users, s.throughput_rps[:1]) for s in ramp]
    few, many = find_knee(single), find_knee(ramp)
    assert few.low and few.high and many.low and many.high
    assert covers(few, POOL.knee_users)
    assert few.high / few.low > many.high / many.low


def test_a_single_rare_window_of_silence_is_a_pause_and_not_the_end() -> None:
    ramp = measured(2.0)
    paused = [StageWindows(s.users, np.append(s.throughput_rps, 0.0)) if i == 3 else s for i, s in enumerate(ramp)]
    assert find_knee(paused).value == pytest.approx(POOL.knee_users, rel=0.2)


def test_on_many_kinds_of_systems_the_error_is_small_and_the_interval_honest() -> None:
    past = cases(seed=71, count=140, reach=(1.2, 4.0))
    found = [(c.knee_users, e) for c in past if (e := find_knee(c.stages)).value is not None]
    errors = [abs(e.value / truth - 1.0) for truth, e in found if e.value is not None]
    assert len(found) >= 0.9 * len(past)
    assert np.median(errors) <= 0.06
    assert np.mean([covers(e, truth) for truth, e in found]) >= 0.9


def test_on_many_kinds_of_systems_hardly_any_knee_is_invented() -> None:
    short = cases(seed=72, count=140, reach=(0.25, 0.7))
    invented = [c for c in short if (e := find_knee(c.stages)).value is not None and e.value < 0.9 * c.knee_users]
    assert len(invented) <= 4


def test_ramps_that_start_high_are_judged_by_what_one_user_gets() -> None:
    high = high_starts(seed=73, count=140)
    judged = [(c, find_knee(c.stages, alone=c.alone)) for c in high]
    found = [(c.knee_users, e) for c, e in judged if e.value is not None]
    assert len(found) >= 0.95 * len(high)
    assert np.mean([covers(e, truth) for truth, e in found]) >= 0.9
    rising = [(c, e) for c, e in judged if c.kind not in ("retrograde", "lock-thrash")]
    errors = [abs((e.value or np.inf) / c.knee_users - 1.0) for c, e in rising]
    assert np.median(errors) <= 0.06


def test_garbage_never_crashes_and_never_gives_half_an_answer() -> None:
    rng = np.random.default_rng(0)
    users = [1e-9, 1, 5, 10, 10, 50, 1e6, 1e11, 1e300, -1, 0, np.nan, np.inf]
    rates = [0, 1e-12, 1, 10, 1e9, 1e300, np.nan, np.inf, -1]
    for _ in range(150):
        sizes = rng.integers(0, 5, size=int(rng.integers(0, 12)))
        estimate = find_knee([StageWindows(float(rng.choice(users)), rng.choice(rates, size=n)) for n in sizes])
        if estimate.value is None:
            assert estimate.reason and estimate.low is None and estimate.high is None
        else:
            assert estimate.low and estimate.high and estimate.low <= estimate.value <= estimate.high < np.inf
