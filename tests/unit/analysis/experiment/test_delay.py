"""A squeeze on systems whose truth is known: the suspect holds what is scarce, or it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.experiment.delay import ORDER, SQUEEZED, decide_squeeze
from rampart.model import JSON
from tests.planted.experiments import experiment
from tests.planted.recording import Plan
from tests.planted.thin import finding

FINDING = finding("app-pool", resource="application connection pool (2)")
PLAN = Plan(where="pool", limit_rps=100, seconds=8.0)


def squeezed(folder: Path, limit: float, *, drift: float = 0.0, seed: int = 1, blocks: int = 4) -> JSON:
    """The answers come 10 ms later, and the capacity is `limit` while they do."""
    slower = replace(PLAN, limit_rps=limit, unloaded_ms=PLAN.unloaded_ms + 10, seed=seed + 1)
    plan = replace(PLAN, seed=seed)
    recorded = experiment(folder, plan, slower, drift=drift, blocks=blocks, order=ORDER)
    return decide_squeeze(recorded, FINDING)


def test_throughput_follows_a_suspect_that_holds_what_is_scarce(tmp_path: Path) -> None:
    told = squeezed(tmp_path, 75)
    assert told["moved"] is True, told["sentence"]
    assert told["ratio"]["value"] == pytest.approx(0.75, rel=0.05)
    assert told["ratio"][SQUEEZED] == pytest.approx(75, rel=0.03)


def test_throughput_past_the_limit_does_not_follow_what_only_takes_longer(tmp_path: Path) -> None:
    """Two repeats of 8 s: now and then they differ by chance, and then nothing is said."""
    told = [squeezed(tmp_path / str(seed), 100, seed=seed)["moved"] for seed in range(0, 20, 2)]
    assert told.count(True) == 0
    assert told.count(False) >= 7


@pytest.mark.parametrize("seed", range(12))
def test_drift_from_stage_to_stage_moves_nothing(tmp_path: Path, seed: int) -> None:
    assert squeezed(tmp_path, 100, drift=0.05, seed=seed)["moved"] is not True


def test_an_experiment_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    told = squeezed(tmp_path, 75, blocks=1)
    assert (told["moved"], told["ratio"]) == (None, None)
