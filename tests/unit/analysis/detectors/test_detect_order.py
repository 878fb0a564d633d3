"""Each planted cause beside all detectors: it alone is supported, but for its consequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from graphlib import CycleError
from pathlib import Path

import pytest

from analysis.ranking.claims import claim_order
from analysis.verdict.analyse import DETECTORS
from tests.planted.causes import Cause, few_slots, hot_row, open_transactions, rate_limit, verdict
from tests.planted.causes_cache import busy_cache, evicting, expiring
from tests.planted.causes_planner_disk import misled, slow_disk, slow_log
from tests.planted.causes_queue_memory import failing_jobs, leak
from tests.planted.causes_replica import full_of_reads, lagging
from tests.planted.recording import Plan

PLANTED: list[Callable[[], Cause]] = [
    hot_row, open_transactions, few_slots, rate_limit, misled, slow_disk, slow_log, evicting, expiring, busy_cache,
    failing_jobs, leak, full_of_reads, lagging,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_cause_is_the_only_one_that_is_supported(tmp_path: Path, plant: Callable[[], Cause]) -> None:
    cause = plant()
    found = verdict(tmp_path, cause)
    supported = {f.id for f in found.ranked if f.status == "supported"}
    assert found.first.id == cause.finding
    assert supported - {*found.first.consequences} == {cause.finding}
    assert found.tied_with == ()


@pytest.mark.parametrize("where", ["mail", "downstream", "render", "other", "pool"])
@pytest.mark.parametrize("limit_rps", [100.0, 1e9], ids=["limited", "healthy"])
def test_detectors_are_silent_where_their_readings_are_absent(tmp_path: Path, where: str, limit_rps: float) -> None:
    found = verdict(tmp_path, Cause("", Plan(users=(15, 30, 60, 120, 240), where=where, limit_rps=limit_rps)))
    assert {f.id for f in found.ranked} <= {"sync-work", "downstream"}


def test_detectors_name_detectors_that_exist() -> None:
    for detector in DETECTORS.values():
        assert set(detector.claims_after) <= set(DETECTORS)
        assert all(DETECTORS[name].claim for name in detector.claims_after)


def test_the_most_specific_cause_is_asked_first() -> None:
    order = claim_order(DETECTORS)
    assert set(order) == {name for name, detector in DETECTORS.items() if detector.claim}
    assert (order[0], order[-1]) == ("missing-index", "db-cpu")
    with pytest.raises(CycleError):
        claim_order({**DETECTORS, "missing-index": replace(DETECTORS["missing-index"], claims_after=("db-cpu",))})
