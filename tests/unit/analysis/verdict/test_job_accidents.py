"""What accidents did to jobs, as violations."""

from __future__ import annotations

from analysis.verdict.accidents import unseen, violations


def test_jobs_lost_and_jobs_done_twice_are_violations_of_their_own() -> None:
    accidents = [
        {"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": ["INV-1", "INV-2"]},
        {"accident": "the queue's server was restarted", "jobs": 40, "lost": ["INV-3"], "repeated": []},
    ]
    rows = violations(accidents, 100)
    assert [(row.id, row.count, row.tenants) for row in rows] == [
        ("lost-job", 1, 100),
        ("duplicate-effect", 2, 100),
    ]
    assert rows[1].sentence == "2 of 40 jobs took effect more than once when all workers were killed."


def test_accidents_that_did_no_harm_are_none() -> None:
    assert violations([{"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": []}], 100) == []
    assert violations([], 100) == []


def test_jobs_that_never_ended_are_told_as_what_could_not_be_seen() -> None:
    stuck = {"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": [], "settled": False}
    (gap,) = unseen([stuck, {**stuck, "settled": True}])
    assert gap.lost == ("lost-job",)
    assert "all workers were killed" in gap.reason
