"""Each planted cause beside all detectors: it alone is supported, but for those that give way to it; order is data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from graphlib import CycleError
from pathlib import Path

import pytest

from analysis.ranking.cause_order import absorbed, causes, claim_order, foremost
from analysis.verdict.analyse import DETECTORS
from rampart.finding import Finding, Remedy
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
    assert supported - {*absorbed(cause.finding)} == {cause.finding}
    assert found.tied_with == ()


@pytest.mark.parametrize("where", ["mail", "downstream", "render", "other", "pool"])
@pytest.mark.parametrize("limit_rps", [100.0, 1e9], ids=["limited", "healthy"])
def test_detectors_are_silent_where_their_readings_are_absent(tmp_path: Path, where: str, limit_rps: float) -> None:
    found = verdict(tmp_path, Cause("", Plan(users=(15, 30, 60, 120, 240), where=where, limit_rps=limit_rps)))
    assert {f.id for f in found.ranked} <= {"sync-work", "downstream"}


def test_detectors_name_detectors_that_exist() -> None:
    for detector in DETECTORS.values():
        assert {*detector.claims_after, *detector.symptoms, *detector.absorbs} <= set(DETECTORS)
        assert set(detector.absorbs) <= set(detector.symptoms)
        assert all(DETECTORS[name].claim for name in detector.claims_after)


def test_the_most_specific_cause_is_asked_first() -> None:
    order = claim_order(DETECTORS)
    assert set(order) == {name for name, detector in DETECTORS.items() if detector.claim}
    assert (order[0], order[-1]) == ("missing-index", "db-cpu")
    with pytest.raises(CycleError):
        claim_order({**DETECTORS, "missing-index": replace(DETECTORS["missing-index"], claims_after=("db-cpu",))})


def finding(name: str, family: str, limit_users: float | None, *, slowed: bool = False) -> Finding:
    return Finding(
        name, family, name, None, 1.0, limit_users, "supported", 0.9, (), Remedy("mend it"), slowed=slowed
    )  # fmt: skip


@pytest.mark.parametrize(
    ("workers", "lock_users", "left"),
    [
        ({"slowed": True}, 110.0, ["lock-contention"]),
        ({"slowed": True}, 150.0, ["workers", "lock-contention"]),
        ({"slowed": True}, None, ["workers", "lock-contention"]),
        ({"slowed": False}, 110.0, ["workers", "lock-contention"]),
    ],
    ids=["jobs wait as well", "the lock's limit comes later", "the lock has no limit yet", "jobs are as quick as ever"],
)
def test_workers_whose_jobs_take_longer_give_way_to_what_is_at_its_limit_with_them(
    workers: dict[str, bool], lock_users: float | None, left: list[str]
) -> None:
    found = [finding("workers", "queue", 100.0, **workers), finding("lock-contention", "database", lock_users)]
    assert [f.id for f in causes(found)] == left


@pytest.mark.parametrize(
    ("shares", "first", "tied"),
    [
        ({"app-cpu": 0.54, "n-plus-one": 0.48}, "n-plus-one", ["app-cpu"]),
        ({"app-cpu": 0.60, "n-plus-one": 0.40}, "app-cpu", []),
        ({"app-cpu": 0.54, "workers": 0.50}, "app-cpu", ["workers"]),  # neither is a symptom of the other
        ({"app-cpu": 0.40, "n-plus-one": 0.58}, "n-plus-one", []),
    ],
    ids=["cause and symptom", "far apart", "strangers", "the cause has more"],
)
def test_of_a_cause_and_its_symptom_that_shares_cannot_tell_apart_the_cause_is_first(
    shares: dict[str, float], first: str, tied: list[str]
) -> None:
    found = [replace(finding(name, "app", 100.0), share=share) for name, share in shares.items()]
    said, others = foremost(found)
    assert (said.id, [f.id for f in others]) == (first, tied)
