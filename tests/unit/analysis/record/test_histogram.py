"""The recorder's buckets are the analysis's: one value falls into the same, counted alone or a million at a time."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.record import histogram
from rampart import latency_buckets


def test_one_value_falls_where_the_array_does() -> None:
    rng = np.random.default_rng(5)
    ms = np.concatenate([np.exp(rng.uniform(-6, 14, 50_000)), [0.0, 0.02, 1e9]]).astype(np.float32)
    one_by_one = [latency_buckets.bucket(float(value)) for value in ms]
    off = np.abs(histogram.bucket(ms) - one_by_one)
    assert off.max() <= 1 and off.mean() < 1e-4  # an edge may be rounded to either side


@pytest.mark.parametrize("q", [0.1, 0.5, 0.95, 0.99])
def test_quantiles_are_right_to_one_percent(q: float) -> None:
    ms = np.random.default_rng(6).lognormal(3, 1, 100_000).astype(np.float32)
    counts = np.bincount(histogram.bucket(ms), minlength=latency_buckets.BUCKETS)
    assert histogram.quantile(counts, q) == pytest.approx(np.quantile(ms, q), rel=0.011)
