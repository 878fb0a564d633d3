"""The scoring of a bank: each figure on answers that were counted by hand, and the controls where there is a leak."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.verdict.analyse import DETECTORS
from flawbank.leakage import permuted, untouched
from flawbank.score import FAMILY, HEALTHY, Answer, answer, calibration, confusion, score, wilson
from rampart.verdict import Verdict
from tests.planted import thin


def said(wanted: str, named: str | None, *others: str, sure: float | None = 0.9) -> Answer:
    ranked = (*([named] if named else []), *others)
    return Answer(wanted, named, ranked, (), sure if named else None)


ANSWERS = [
    said("n-plus-one", "n-plus-one"),
    said("app-pool", "app-pool", "db-cpu", sure=0.8),
    said("missing-index", "slow-query", "db-cpu", "missing-index", sure=0.6),  # third, and of its family
    said("workers", "db-cpu", "app-cpu", "memory", sure=0.6),
    said("sync-work", None, "app-cpu"),
    said(HEALTHY, None),
    said(HEALTHY, "db-cpu", sure=0.55),
]


def test_each_figure_is_what_one_counts() -> None:
    told = score(ANSWERS)
    assert (told["exact_ac1"]["right"], told["exact_ac1"]["of"]) == (2, 5)
    assert (told["exact_ac3"]["right"], told["family_ac1"]["right"]) == (3, 3)
    assert (told["false_alarms"]["right"], told["false_alarms"]["of"]) == (1, 2)
    assert (told["abstained"]["right"], told["abstained"]["of"]) == (1, 5)
    assert told["by_flaw"]["workers"]["right"] == 0
    assert confusion(ANSWERS)["sync-work"] == {"-": 1}
    assert confusion(ANSWERS)[HEALTHY] == {"-": 1, "db-cpu": 1}


def test_wilson_gives_the_published_interval() -> None:
    """Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662, and 0 of 20 reaches 0.1611."""
    row = wilson(81, 263)
    assert (row["low"], row["high"]) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20)["high"] == pytest.approx(0.1611, abs=5e-5)
    assert wilson(0, 0)["value"] is None


def test_calibration_is_the_gap_between_what_was_said_and_what_was_right() -> None:
    sure = [said("app-pool", "app-pool" if n < 6 else "db-cpu", sure=0.95) for n in range(10)]
    told = calibration(sure)
    assert told["ece"] == pytest.approx(0.95 - 0.6)
    assert told["brier"] == pytest.approx(0.6 * 0.05**2 + 0.4 * 0.95**2)
    assert calibration([said("app-pool", None)])["ece"] is None
    assert calibration([said("stale-read", "app-cpu", sure=0.95)])["ece"] is None  # of what nobody knows the truth


def test_the_interval_of_the_calibration_holds_it_and_narrows_with_runs() -> None:
    def told(times: int) -> dict[str, Any]:
        return calibration([said("app-pool", "app-pool" if n < 6 else "db-cpu", sure=0.95) for n in range(10)] * times)

    few, many = told(1), told(20)
    for name in ("ece", "brier"):
        for one in (few, many):
            assert one[f"{name}_range"][0] < one[name] < one[f"{name}_range"][1]
        wide, narrow = (one[f"{name}_range"][1] - one[f"{name}_range"][0] for one in (few, many))
        assert narrow < wide / 3
    # 200 runs, 120 right: the share's own 95 % interval is 0.53 to 0.67, and 0.95 was said.
    assert many["ece_range"] == pytest.approx([0.95 - 0.67, 0.95 - 0.53], abs=0.015)


def test_a_violation_that_was_seen_is_an_answer() -> None:
    verdict = thin.verdict("not_reached", violations=[thin.violation("tenant-leak")] * 2)
    one = answer("tenant-leak", verdict)
    assert one.right and one.violations == ("tenant-leak",)
    assert not answer("stale-read", verdict).right
    assert answer("load-generator", thin.verdict("generator_limited")).right
    assert score([answer(HEALTHY, verdict)])["false_alarms"]["right"] == 1


def test_every_finding_that_can_be_named_has_a_family() -> None:
    assert {name: FAMILY[name] for name in DETECTORS} == {name: d.family for name, d in DETECTORS.items()}


def test_truths_dealt_at_random_score_by_chance() -> None:
    names = ["n-plus-one", "app-pool", "workers", "db-cpu"]
    told = permuted([said(name, name) for name in names for _ in range(10)])
    assert told["mean"] == pytest.approx(0.25, abs=0.02)
    assert told["low"] < 0.25 < told["high"] < 0.5


def verdicts(rng: np.random.Generator, names: list[str], leak: float) -> list[Verdict]:
    """Runs whose lowest stage has a noisy generator; `leak` moves it by which flaw was planted."""
    used = [{"generator process": rng.normal() + leak * names.index(name)} for name in names]
    return [thin.verdict(points=[thin.point(utilisation=one)]) for one in used]


def test_what_no_flaw_touches_names_none_and_a_leak_is_seen() -> None:
    rng, names = np.random.default_rng(3), ["a", "b", "c"] * 20
    order = list(rng.permutation(len(names)))
    clean = untouched(names, verdicts(rng, names, 0.0), order)
    leaky = untouched(names, verdicts(rng, names, 20.0), order)
    assert clean["found"]["low"] < clean["chance"] == pytest.approx(1 / 3)
    assert leaky["found"]["low"] > 2 * leaky["chance"]
    assert untouched(["a"], verdicts(rng, ["a"], 0.0), [0])["chance"] is None
