"""What no flaw touches: a flaw of the load generator does touch it, and says nothing of a leak."""

from __future__ import annotations

import numpy as np

from flawbank.leakage import untouched
from rampart.verdict import Verdict
from tests.planted import thin


def run(generator: float) -> Verdict:
    return thin.verdict(points=[thin.point(utilisation={"generator process": generator})])


def test_a_busy_generator_that_was_planted_is_no_leak() -> None:
    rng, names = np.random.default_rng(5), ["app-pool", "db-cpu", "load-generator"] * 20
    order = list(rng.permutation(len(names)))
    runs = [run(rng.normal() + (50.0 if name == "load-generator" else 0.0)) for name in names]
    told = untouched(names, runs, order)
    assert told["found"]["of"] == 40
    assert told["found"]["low"] < told["chance"] == 0.5
