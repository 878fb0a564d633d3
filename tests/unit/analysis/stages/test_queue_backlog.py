"""A queue is behind where it grows by a share of what arrives, and by more than comes and goes."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.record.readings import Readings, Series
from analysis.stages.queue_backlog import behind, growing_share, queues
from rampart import metrics
from rampart.model import Metric


def queue(grows_per_s: float, done_per_s: float | None, seconds: float = 10.0, first: float = 0.0) -> Readings:
    """A queue of jobs of which so many arrive too many, read once a second."""
    at, labels = np.arange(0, seconds + 1), {"queue": "mail"}
    series: dict[Metric, list[Series]] = {metrics.QUEUE_READY: [Series(labels, at, first + grows_per_s * at)]}
    if done_per_s is not None:
        series[metrics.QUEUE_COMPLETED] = [Series(labels, at, done_per_s * at)]
    return Readings.of_series(series)


def is_behind(readings: Readings, seconds: float = 10.0) -> bool:
    return behind(queues(readings, 0, seconds)["mail"])


def test_what_arrives_is_what_is_done_and_what_is_left() -> None:
    seen = queues(queue(2.0, 18.0), 0, 10)["mail"]
    assert seen["ready"] == pytest.approx(20)
    assert growing_share([seen]) == pytest.approx(0.1)
    assert growing_share([]) == 0.0


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        (queue(2.0, 18.0), True),
        (queue(2.0, None), True),  # completions are not told: all that is known of it grows
        (queue(2.0, 100.0), False),  # 2 % of what arrives
        (queue(0.4, 1.0, first=50), False),  # less than a job in two seconds
        (queue(0.8, 2.0), False),  # eight jobs in all
        (queue(-3.0, 10.0, first=60), False),  # it gets shorter
    ],
)
def test_a_queue_is_behind_by_its_trend(readings: Readings, wanted: bool) -> None:
    assert is_behind(readings) is wanted


def test_a_queue_that_is_not_read_is_not_behind() -> None:
    assert not behind(None)
    assert queues(Readings([]), 0, 10) == {}


def test_how_long_one_looks_does_not_decide() -> None:
    assert is_behind(queue(1.2, 3.0, 6.0, first=20), 6.0)
    assert is_behind(queue(1.2, 3.0, 24.0, first=20), 24.0)
