"""What becomes of jobs when workers or the queue's server die: nothing, in a healthy lab, but for what flaws do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.accidents import queue_restarted, workers_killed
from lab.staging import Lab
from tests.integration.lab.data import seeded


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with seeded("lost-job", "duplicate-effect") as started:
        yield started


def test_jobs_of_killed_workers_take_effect_twice_where_their_key_is_not_kept(lab: Lab) -> None:
    broken = workers_killed(lab)
    assert broken.repeated
    assert broken.lost == []
    lab.fix("duplicate-effect")
    mended = workers_killed(lab)
    assert set(mended.times.values()) == {1}


def test_jobs_that_wait_in_memory_alone_are_lost_with_it(lab: Lab) -> None:
    broken = queue_restarted(lab)
    assert broken.lost == sorted(broken.times)
    lab.fix("lost-job")
    mended = queue_restarted(lab)
    assert set(mended.times.values()) == {1}
