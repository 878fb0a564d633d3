"""What counts as held, and what counts as a rung."""

from __future__ import annotations

from typing import Any

import pytest

from conductor.ladder.capacity import capacity, held, moved
from conductor.ladder.climb import _named


def verdict(knee: float | None = None, *, met: float | None = None, tested: float = 400, **more: Any) -> dict[str, Any]:
    around = None if knee is None else {"value": knee, "low": 0.9 * knee, "high": 1.1 * knee}
    row = {
        "tenants": 100, "knee_users": around, "queue_knee_users": None, "tested_users": tested,
        "slo_users": {"met": met, "missed": None}, **more,
    }  # fmt: skip
    return {"outcome": "bottleneck", "capacity": [row], "violations": [], "levels": [], "ranked": []}


def test_held_is_within_the_objective_with_no_queue_behind_and_no_wrong_answer() -> None:
    assert held(verdict(met=400), 100, 400)
    assert held(verdict(knee=390, met=400), 100, 400)  # a knee is no promise; the objective is
    assert not held(verdict(met=240), 100, 400)
    assert not held(verdict(met=400, queue_knee_users={"value": 180.0, "low": 150.0, "high": 200.0}), 100, 400)
    assert not held({**verdict(met=400), "violations": [{"id": "tenant-leak"}]}, 100, 400)
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
def test_a_rung_is_a_capacity_that_rose_beyond_the_noise(
    before: dict[str, Any], after: dict[str, Any], expected: bool
) -> None:
    assert moved(capacity(before, 100), capacity(after, 100)) is expected


@pytest.mark.parametrize("outcome", ["invalid", "generator_limited"])
def test_a_measurement_at_fault_is_no_rung_and_holds_nothing(outcome: str) -> None:
    fault = {**verdict(None, met=400), "outcome": outcome}
    assert not moved(capacity(verdict(100), 100), capacity(fault, 100))
    assert not held(fault, 100, 400)


def test_the_lower_of_two_knees_is_the_capacity() -> None:
    both = verdict(300, met=240, queue_knee_users={"value": 150.0, "low": 140.0, "high": 160.0})
    assert capacity(both, 100).knee == 150
    assert capacity(both, 100).held == 140


def test_the_first_is_mended_before_the_others_and_what_is_contradicted_is_not() -> None:
    def finding(name: str, share: float, status: str = "supported", *, holds: bool = True) -> dict[str, Any]:
        why = None if name == "app-pool" else "later"
        about = {"id": name, "tenants": 100, "share": share, "status": status, "limit_users": 90.0}
        return {**about, "why_not_first": why, "evidence": [{"holds": holds}]}

    told = verdict(90)
    told["levels"] = [{"tenants": 100, "first": "app-pool"}]
    told["ranked"] = [
        finding("sync-work", 0.25, "suspected"), finding("n-plus-one", 0.3), finding("cache-missing", 0.4),
        finding("app-pool", 0.35), finding("db-io", 0.2, "suspected", holds=False),
    ]  # fmt: skip
    assert [f["id"] for f in _named(told, 100)] == ["app-pool", "cache-missing", "n-plus-one", "sync-work"]
    unsure = {"tenants": 100, "first": None, "outcome": "inconclusive"}
    assert next(f["id"] for f in _named({**told, "levels": [unsure]}, 100)) == "cache-missing"
    assert _named({**told, "levels": [{**unsure, "outcome": "not_reached"}]}, 100) == []
