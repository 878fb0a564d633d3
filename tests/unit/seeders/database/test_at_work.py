"""Whether requests move what a database counts, told from four windows without one and three with one."""

from __future__ import annotations

import pytest

from seeders.database.at_work import moved_by_requests


def _windows(*counts: float) -> list[dict[str, float]]:
    return [{"statements": count} for count in counts]


@pytest.mark.parametrize(
    ("idle", "asked"),
    [
        pytest.param((0, 0, 0, 0), (1, 1, 1), id="a quiet server"),
        pytest.param((10, 12, 9, 11), (25, 27, 24), id="beside workers that poll"),
        pytest.param((7, 7, 7, 7), (9, 8, 9), id="beside clockwork"),
    ],
)
def test_work_of_requests_is_seen(idle, asked):
    assert "statements in each request" in (moved_by_requests(_windows(*idle), _windows(*asked)) or "")


@pytest.mark.parametrize(
    ("idle", "asked"),
    [
        pytest.param((0, 0, 0, 0), (0, 0, 0), id="nothing at all"),
        pytest.param((0, 0, 0, 0), (3, 0, 3), id="a request that does nothing"),
        pytest.param((0, 4, 0, 0), (4, 4, 4), id="other work that falls between as well"),
        pytest.param((2, 30, 5, 11), (31, 40, 35), id="work that varies by more than that"),
        pytest.param((0, 0, 0, 0), (), id="no request was answered"),
    ],
)
def test_work_that_goes_on_anyway_is_not_taken_for_it(idle, asked):
    assert moved_by_requests(_windows(*idle), _windows(*asked)) is None


def test_a_counter_that_could_not_always_be_read_says_nothing():
    idle, asked = [{"statements": 0.0, "transactions": 0.0}, {"transactions": 0.0}], [{"statements": 5.0}]
    assert moved_by_requests(idle, asked) is None
