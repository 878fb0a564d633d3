"""Of two flaws the first is the one without which more is done; where neither is, nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.experiment.pair import decide_pair, order, without
from rampart.model import JSON
from tests.planted.experiments import experiment
from tests.planted.recording import Plan

FLAWS = ("slow-keys", "open-transaction")
BOTH = 100.0


def settled(folder: Path, *limits: float, seed: int = 1, drift: float = 0.0, blocks: int = 6) -> JSON:
    """A system of capacity `BOTH`, which is that of `limits` without the one and without the other flaw."""
    mended = {
        without(flaw): Plan(limit_rps=limit, seconds=8.0, seed=seed + n)
        for n, (flaw, limit) in enumerate(zip(FLAWS, limits, strict=True), 1)
    }
    plan = Plan(limit_rps=BOTH, seconds=8.0, seed=seed)
    recorded = experiment(folder, plan, mended, drift=drift, blocks=blocks, order=order(FLAWS))
    return decide_pair(recorded, FLAWS)


def test_there_and_back_so_that_drift_weighs_on_all_alike() -> None:
    there, back = order(FLAWS)[:3], order(FLAWS)[3:]
    assert there == ("unmended", "without slow-keys", "without open-transaction")
    assert back == there[::-1]


def test_the_flaw_without_which_more_is_done_comes_first(tmp_path: Path) -> None:
    told = settled(tmp_path, 150, 100)
    assert told["first"] == "slow-keys", told["sentence"]
    assert told["gains"]["slow-keys"]["low"] > told["least_gain"] > told["gains"]["open-transaction"]["high"]
    # 130 users get no more than 127 requests/s, 170 the 150.
    assert told["gains"]["slow-keys"]["value"] == pytest.approx((1.275 * 1.5) ** 0.5, rel=0.05)
    assert told["sentence"].startswith("slow-keys comes first: ×1.3")
    assert settled(tmp_path / "other", 105, 150)["first"] == "open-transaction"


def test_of_two_that_both_help_the_one_that_helps_more_comes_first(tmp_path: Path) -> None:
    assert settled(tmp_path, 150, 118)["first"] == "slow-keys"


@pytest.mark.parametrize("limits", [(100, 100), (1e9, 1e9), (107, 100)])
def test_where_both_do_alike_or_next_to_nothing_there_is_no_first(tmp_path: Path, limits: tuple[float, float]) -> None:
    """Two repeats of 8 s differ by chance now and then, but not by a tenth."""
    assert [settled(tmp_path / str(seed), *limits, seed=seed)["first"] for seed in (1, 11, 21)].count(None) >= 2


@pytest.mark.parametrize("seed", range(8))
def test_drift_from_stage_to_stage_makes_no_first(tmp_path: Path, seed: int) -> None:
    assert settled(tmp_path, 100, 100, drift=0.05, seed=seed)["first"] is None


def test_an_experiment_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    told = settled(tmp_path, 150, 100, blocks=2)
    assert (told["first"], told["over"]) == (None, None)
    assert told["sentence"].startswith("The experiment says nothing")
