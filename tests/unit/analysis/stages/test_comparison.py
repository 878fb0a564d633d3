"""Two throughputs differ where neither chance nor a little explains it."""

from __future__ import annotations

import numpy as np

from analysis.stages.comparison import clearly_more, noise


def test_the_noise_of_a_ratio_of_counts_is_twice_its_standard_deviation() -> None:
    rng = np.random.default_rng(3)
    ratios = rng.poisson(900, 20_000) / rng.poisson(400, 20_000) / (900 / 400)
    assert abs(noise(900, 400) / (2 * ratios.std()) - 1) < 0.05


def test_counts_of_the_same_rate_are_hardly_ever_clearly_different() -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(60, (2000, 2))
    assert np.mean([clearly_more(float(a), float(b), (int(a), int(b))) for a, b in counts]) < 0.02


def test_much_more_is_clear_once_there_are_counts_enough() -> None:
    assert clearly_more(150.0, 100.0, (1500, 1000))
    assert not clearly_more(150.0, 100.0, (15, 10))
    assert not clearly_more(110.0, 100.0, (110_000, 100_000))  # little, however sure
