"""Whether the think time was alike at all loads, or only differed by chance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.record.readings import Readings
from analysis.record.requests import WINDOWS, Requests
from analysis.stages.think_time import shared, spread
from rampart.model import Stage
from rampart.tables import READINGS

STAGE = Stage(0, 100, 30, "coarse", 0.0, 0.0, 8.0)


def spread_of(thought: np.ndarray, sent: np.ndarray) -> float | None:  # type: ignore[type-arg]
    """Seconds thought and requests sent in each of the eight windows of a second."""
    at = np.arange(0.0, WINDOWS + 1)
    texts = [pa.array([word] * len(at)).dictionary_encode() for word in ("generator.think_s", "{}")]
    values = pa.array(np.concatenate([[0.0], np.cumsum(thought)]))
    batch = pa.RecordBatch.from_arrays([pa.array(at), texts[0], values, texts[1]], schema=READINGS)
    requests = Requests([STAGE], ["GET /a"], window_ok=sent[None].astype(np.int64))
    return spread(requests, 0, Readings([batch]), 0.0, float(WINDOWS))


def test_the_spread_of_one_request_is_read_off_the_windows() -> None:
    rng = np.random.default_rng(1)
    single, bunches = [], []
    for _ in range(40):
        thoughts = rng.exponential(1.0, (WINDOWS, 30))
        single.append(spread_of(thoughts.sum(1), np.full(WINDOWS, 30)))
        # Each thought is followed by as many requests as chance wants, 1 to 5, and is the only one of them.
        bunches.append(spread_of(thoughts.sum(1), rng.integers(1, 6, (WINDOWS, 30)).sum(1)))
    assert np.mean(np.array(single, float)) == pytest.approx(1.0, rel=0.1)
    # Per request 1/3 s, so a spread of 1 / 3 would be that of an exponential thought: it is larger, (1 + 2 / 9) / 3.
    assert np.mean(np.array(bunches, float)) == pytest.approx((1.222 / 3) ** 0.5, rel=0.15)


def test_without_a_record_of_it_nothing_is_known() -> None:
    assert (
        spread(Requests([STAGE], ["GET /a"], window_ok=np.ones((1, WINDOWS), np.int64)), 0, Readings([]), 0, 8) is None
    )
    assert spread_of(np.ones(WINDOWS), np.zeros(WINDOWS)) is None


def test_a_small_stage_may_be_off_by_what_the_windows_show_and_no_more() -> None:
    think, requests = [1.16, 0.82, 0.83, 0.75, 0.79, 0.77, 0.84], [100, 284, 510, 647, 555, 650, 485]
    assert shared(think, requests, []) is None
    assert shared(think, requests, [1.2] * 7) == pytest.approx(0.81, abs=0.01)
    assert shared([1.5, *think[1:]], requests, [1.2] * 7) is None


def test_paced_users_who_think_less_when_answers_are_slow_share_none() -> None:
    """Their thoughts hardly differ but where answers do: three stages past the limit do not hide that."""
    think, requests = [0.98, 0.97, 0.95, 0.92, 0.6, 0.4, 0.2], [120, 240, 480, 500, 700, 700, 700]
    assert shared(think, requests, [0.02, 0.05, 0.05, 0.1, 2.0, 3.0, 3.0]) is None
