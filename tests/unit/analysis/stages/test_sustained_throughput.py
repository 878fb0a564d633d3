"""What lasts of a stage's throughput, by how many requests of each kind were sent and how many answered."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.knee.ramp_windows import windows
from analysis.record.requests import WINDOWS, Requests
from analysis.stages.operating_point import Point
from analysis.stages.sustained_throughput import lasting
from rampart.model import Stage

PAGE, MAIL = 0, 1


def ramp(*rows: tuple[int, int, int, int], mail_s: float = 1.0) -> Requests:
    """Stages of ten seconds: pages sent and answered, mails sent and answered; a mail takes so long."""
    stages = [Stage(i, 100, 100 * (i + 1), "coarse", 20.0 * i, 20.0 * i + 4, 20.0 * i + 14) for i in range(len(rows))]
    sent = np.array([[row[0], row[2]] for row in rows])
    done = np.array([[row[1], row[3]] for row in rows])
    took = done * np.array([10.0, 1000 * mail_s])
    return Requests(stages, ["GET /page", "POST /mail"], count=done, sent=sent, latency_ms=took)


def test_it_is_what_is_answered_of_the_slow_kind_over_its_share() -> None:
    seen = ramp((900, 900, 100, 100), (1800, 1800, 200, 120))
    assert lasting(seen, 0) == 1.0
    assert lasting(seen, 1) == pytest.approx(120 / 0.1 / 1920)


@pytest.mark.parametrize(
    ("rows", "mail_s"),
    [
        ([(900, 900, 100, 100), (1800, 1790, 200, 195)], 1.0),
        ([(900, 900, 10, 10), (1800, 1800, 20, 14)], 1.0),
        ([(900, 900, 100, 100), (1800, 1800, 200, 120)], 5.0),
        ([(900, 900, 100, 100), (1800, 1200, 200, 130)], 1.0),
        ([(900, 900, 100, 100), (1200, 1300, 130, 200)], 1.0),
    ],
    ids=["nothing behind", "few of them", "slower than the warm-up", "all kinds alike", "what piled up flows off"],
)
def test_otherwise_all_of_it_lasts(rows: list[tuple[int, int, int, int]], mail_s: float) -> None:
    assert lasting(ramp(*rows, mail_s=mail_s), 1) == pytest.approx(1.0, abs=0.03)


def test_the_knee_sees_what_lasts() -> None:
    requests = ramp((900, 900, 100, 100), (1800, 1800, 200, 120))
    requests.window_ok = np.full((2, WINDOWS), 240)
    requests.window_latency_ms = np.full((2, WINDOWS), 240 * 10.0)
    point = Point(requests.stages[1], 1, 1920, 0, 10.0, 192.0, lasting=0.625)
    assert windows(point, requests, think_s=1.0).throughput_rps == pytest.approx(np.full(WINDOWS, 192.0 * 0.625))
    assert point.lasting_rps == pytest.approx(120.0)
