"""Requests in flight that grow or shrink: by shares of the users, and by more than one or two of them."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.record.readings import Readings, Series
from analysis.stages.piling import flowed_off, flows_off, growth, piles_up
from rampart import metrics


def in_flight(*processes: tuple[float, float]) -> Readings:
    """Processes whose requests in flight go from the first number to the second in ten seconds."""
    at = np.linspace(0, 10, 11)
    return Readings.of_series({metrics.APP_IN_FLIGHT: [Series({}, at, np.linspace(a, b, 11)) for a, b in processes]})


def test_growth_is_that_of_all_processes_over_the_window() -> None:
    readings = in_flight((5, 25), (10, 40))
    assert growth(readings, 0, 10) == pytest.approx(50)
    assert growth(readings, 5, 10) == pytest.approx(25)
    assert growth(readings, 0, 1.5) is None  # too few readings for a trend
    assert growth(Readings([]), 0, 10) is None


@pytest.mark.parametrize("users", [10, 100, 1000])
def test_a_pile_is_a_share_of_the_users_and_more_than_two_requests(users: int) -> None:
    least = max(0.05 * users, 2)
    assert piles_up(1.01 * least, users) and not piles_up(0.99 * least, users)
    assert flows_off(-1.01 * least, users) and not flows_off(1.01 * least, users)


@pytest.mark.parametrize("users", [10, 100, 1000])
def test_a_window_is_spoiled_by_more_than_goes_on_flowing_off_by_chance(users: int) -> None:
    least = max(0.15 * users, 10)
    assert flowed_off(-1.01 * least, users) and not flowed_off(-0.99 * least, users)
    assert not flowed_off(2 * least, users)
