"""The benchmark moves a threshold wherever it is used, and leaves out no judgement that could turn out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis import thresholds
from analysis.detectors import missing_index
from analysis.forecast import next_level
from analysis.thresholds import Threshold
from benchmarks import thresholds as bench
from benchmarks._watched import Watched
from benchmarks.thresholds_page import Moved


def times(threshold: Threshold, factor: float) -> Threshold:
    return Threshold(threshold.name, factor * threshold, threshold.unit, threshold.source)


def test_a_threshold_is_replaced_wherever_it_is_used_and_put_back() -> None:
    own, shared = missing_index.SCAN_ROWS, thresholds.SATURATED
    with bench.replaced(own, times(own, 2.0)), bench.replaced(shared, times(shared, 0.5)):
        assert missing_index.SCAN_ROWS == next_level.SCAN_ROWS == 2 * own
        assert shared / 2 == thresholds.SATURATED
    assert missing_index.SCAN_ROWS is next_level.SCAN_ROWS is own
    assert thresholds.SATURATED is shared


def test_the_factor_at_which_a_recording_is_named_otherwise_is_found() -> None:
    [one] = bench.recordings("app-pool")
    assert one.name == "app-pool"
    full, scan = (
        ("shared/POOL_SATURATED", thresholds.POOL_SATURATED),
        ("missing-index/SCAN_ROWS", missing_index.SCAN_ROWS),
    )
    moved = bench.first_renamed(*full, (1.001, 1.15, 1.17), [one])
    assert (moved.factor, moved.recording, moved.named == one.name) == (1.15, "app-pool", False)
    assert bench.first_renamed(*full, (1.001, 1.2), [one]) == Moved(1.001)  # a share of 1.02 is none
    assert bench.first_renamed(*scan, (0.5, 0.1), [one]) == Moved(0.1)


@pytest.mark.parametrize(
    "compare",
    [
        lambda w: [seen >= w for seen in (0.4, 0.7)],
        lambda w: np.array([0.7, 0.1, 0.4]) < w,
        lambda w: (np.float64(0.4) <= w, w < np.float64(0.7)),
        lambda w: (max(0.4, w), min(w, 0.7)),
    ],
)
def test_a_value_between_all_that_was_compared_is_left_out(compare: Callable[[Any], Any]) -> None:
    watched = Watched("SHARE", 0.5, "of all", "judged")
    assert not watched.open_to(0.1)
    compare(watched)
    assert [watched.open_to(value) for value in (0.39, 0.4, 0.41, 0.69, 0.7, 0.71)] == [True] * 2 + [False] * 2 + [
        True
    ] * 2


@pytest.mark.parametrize(
    "compute",
    [lambda w: 2 * w, lambda w: w / 2, lambda w: 1 - w, lambda w: np.arange(3) * w, lambda w: np.float64(2) + w],
)
def test_what_is_computed_from_a_threshold_leaves_all_open(compute: Callable[[Any], Any]) -> None:
    watched = Watched("SHARE", 0.5, "of all", "judged")
    assert np.array_equal(compute(watched), compute(0.5))
    assert watched.open_to(0.5001)


def test_what_is_equal_to_a_threshold_leaves_all_open() -> None:
    watched = Watched("SHARE", 0.5, "of all", "judged")
    assert watched <= 0.5
    assert watched.open_to(0.5001) and watched.open_to(0.4999)
