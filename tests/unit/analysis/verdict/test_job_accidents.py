"""What accidents did to jobs, as violations."""

from __future__ import annotations

from analysis.detectors._violation import Seen
from analysis.detectors._violations_found import found, unseen
from analysis.record.requests import Requests
from rampart.model import JSON


def seen(*accidents: JSON) -> Seen:
    return Seen([], Requests([]), accidents, 100)


def test_jobs_lost_and_jobs_done_twice_are_violations_of_their_own() -> None:
    rows = found(seen(
        {"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": ["INV-1", "INV-2"]},
        {"accident": "the queue's server was restarted", "jobs": 40, "lost": ["INV-3"], "repeated": []},
    ))  # fmt: skip
    assert [(row.id, row.count, row.tenants) for row in rows] == [
        ("duplicate-effect", 2, 100),
        ("lost-job", 1, 100),
    ]
    assert rows[0].sentence == "2 of 40 jobs took effect more than once when all workers were killed."
    assert all(row.remedy for row in rows)


def test_accidents_that_did_no_harm_are_none() -> None:
    assert found(seen({"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": []})) == ()
    assert (found(seen()), unseen(seen())) == ((), ())


def test_jobs_that_never_ended_are_told_as_what_could_not_be_seen() -> None:
    stuck = {"accident": "all workers were killed", "jobs": 40, "lost": [], "repeated": [], "settled": False}
    (gap,) = unseen(seen(stuck, {**stuck, "settled": True}))
    assert gap.lost == ("lost-job",)
    assert "all workers were killed" in gap.reason
