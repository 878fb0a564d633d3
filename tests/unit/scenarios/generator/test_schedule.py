"""The instants at which requests are due, of users driven as Locust drives them."""

from __future__ import annotations

import pytest

from scenarios.generator.schedule import Schedule


def drive(latencies: list[float], pace: float | None) -> list[float]:
    """How late each request after the first was sent; paced as Locust does it, or with half a second of thinking."""
    schedule, now, late = Schedule(), 0.0, []
    for number, latency in enumerate(latencies):
        now += latency
        wait = 0.5 if pace is None else max(0.0, pace - latency)
        due = schedule.due(now, wait, 0.0 if pace is None else float(number))
        now += wait
        late.append(now - due)
    return late[:-1]


def test_a_stall_makes_what_a_paced_user_sends_late_by_what_the_stall_took_of_its_schedule() -> None:
    late = drive([0.1, 0.1, 3.1, 0.1, 0.1, 0.1], pace=1.0)
    assert late == pytest.approx([0, 0, 2.1, 0, 0])


def test_a_target_that_is_too_slow_all_the_time_falls_behind_more_and_more() -> None:
    late = drive([0.1, 0.1, *[1.5] * 6, 0.1], pace=1.0)
    assert late[2:] == pytest.approx([0.5 * n for n in range(1, 7)])


def test_who_waits_for_an_answer_before_thinking_has_nothing_due_meanwhile() -> None:
    assert drive([0.1, 3.0, 0.1, 0.1], pace=None) == pytest.approx([0, 0, 0])
