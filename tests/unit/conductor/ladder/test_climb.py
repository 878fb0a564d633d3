"""What counts as held, and what counts as a rung."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conductor.ladder.capacity import capacity, held, moved
from conductor.ladder.climb import _named
from rampart.finding import Evidence, Finding, Interval
from rampart.verdict import ObjectiveBracket, Verdict, VerdictOutcome
from tests.planted import thin


def verdict(knee: float | None = None, *, met: int | None = None, tested: int = 400, **more: Any) -> Verdict:
    slo = ObjectiveBracket(met, None)
    return thin.verdict(capacity=[thin.capacity(knee=knee, tested_users=tested, slo_users=slo, **more)])


def test_held_is_within_the_objective_with_no_queue_behind_and_no_wrong_answer() -> None:
    assert held(verdict(met=400), 100, 400)
    assert held(verdict(knee=390, met=400), 100, 400)  # a knee is no promise; the objective is
    assert not held(verdict(met=240), 100, 400)
    assert not held(verdict(met=400, queue_knee_users=Interval(180.0, 150.0, 200.0)), 100, 400)
    assert not held(replace(verdict(met=400), violations=(thin.violation("tenant-leak"),)), 100, 400)
    assert not held(verdict(met=400), 1000, 400)  # a level that was not ramped


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (verdict(100), verdict(150), True),
        (verdict(100), verdict(105), False),  # within the noise
        (verdict(100), verdict(None), True),
        (verdict(100), verdict(None, tested=90), False),  # a ramp that stopped earlier proves nothing
        (verdict(None, met=240), verdict(None, met=400), True),
        (verdict(None, met=240), verdict(None, met=240), False),
        (verdict(100), verdict(80), False),
    ],
)
def test_a_rung_is_a_capacity_that_rose_beyond_the_noise(before: Verdict, after: Verdict, expected: bool) -> None:
    assert moved(capacity(before, 100), capacity(after, 100)) is expected


@pytest.mark.parametrize("outcome", ["invalid", "generator_limited"])
def test_a_measurement_at_fault_is_no_rung_and_holds_nothing(outcome: VerdictOutcome) -> None:
    fault = replace(verdict(None, met=400), outcome=outcome)
    assert not moved(capacity(verdict(100), 100), capacity(fault, 100))
    assert not held(fault, 100, 400)


def test_the_lower_of_two_knees_is_the_capacity() -> None:
    both = verdict(300, met=240, queue_knee_users=Interval(150.0, 140.0, 160.0))
    assert capacity(both, 100).knee == 150
    assert capacity(both, 100).held == 140


def test_the_first_is_mended_before_the_others_and_what_is_contradicted_is_not() -> None:
    def finding(name: str, share: float, status: str = "supported", *, holds: bool = True) -> Finding:
        why, evidence = None if name == "app-pool" else "later", [Evidence("", 1.0, "", "", holds)]
        return thin.finding(name, share=share, status=status, why_not_first=why, evidence=evidence)

    ranked = (
        finding("sync-work", 0.25, "suspected"), finding("cache-missing", 0.3), finding("n-plus-one", 0.4),
        finding("app-pool", 0.35), finding("db-io", 0.2, "suspected", holds=False),
    )  # fmt: skip
    told = replace(verdict(90), ranked=ranked, levels=(thin.level(100, "bottleneck", "app-pool"),))
    assert [f.id for f in _named(told, 100)] == ["app-pool", "cache-missing", "n-plus-one", "sync-work"]
    unsure = replace(told, levels=(thin.level(100, "inconclusive"),))
    assert next(f.id for f in _named(unsure, 100)) == "cache-missing"
    assert _named(replace(told, levels=(thin.level(100, "not_reached"),)), 100) == []
