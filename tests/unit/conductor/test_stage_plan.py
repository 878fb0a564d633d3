"""The plan of stages, carried out against closed systems whose knee is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.stages.interactive_law import efficiency
from conductor.stage_plan import FinishedStage, Limits, further, next_stage


def climb(
    knee: float, limits: Limits, stages: int = 20, queue_at: float | None = None, seconds: float = 12.0
) -> list[tuple[int, str]]:
    """Carry the plan out: X = min(N, knee) requests/s with one second of think time, unloaded latency 20 ms."""
    seen: list[FinishedStage] = []
    ran: list[tuple[int, str]] = []
    while (step := next_stage(seen, limits, stages - len(seen))).users is not None:
        rate = min(step.users / 1.02, knee / 1.02)
        latency = step.users / rate - 1.0
        behind = queue_at is not None and step.users > queue_at
        requests = round(rate * seconds)
        stage = FinishedStage(step.users, 1.0, 0.0, behind, requests, seconds, step.purpose, 1000 * latency)
        seen.append(replace(stage, efficiency=efficiency(stage, 0.02, 1.0)))
        ran.append((step.users, step.purpose))
    return ran


LIMITS = Limits(first_users=15, max_users=400)


@pytest.mark.parametrize("knee", [22, 25, 29, 40, 53, 90, 112, 150, 215, 260])
def test_the_knee_ends_up_between_two_stages_that_lie_close(knee: float) -> None:
    loads = sorted({users for users, _ in climb(knee, LIMITS)})
    below, above = max(u for u in loads if u <= knee), min(u for u in loads if u > knee)
    assert above / below < 1.6  # the hinge interpolates between them
    assert max(loads) >= 1.3 * knee


def test_a_system_that_holds_is_climbed_to_the_top_and_no_further() -> None:
    loads = [users for users, _ in climb(1e9, LIMITS)]
    assert loads == sorted(loads)
    assert loads[-1] == 400


@pytest.mark.parametrize("knee", [310, 330, 360])
def test_a_curve_that_only_bends_with_all_users_is_looked_at_closer(knee: float) -> None:
    ran = climb(knee, LIMITS)
    assert max(users for users, _ in ran) == 400
    assert [purpose for _, purpose in ran].count("fine") >= 1
    assert len([purpose for _, purpose in ran if purpose != "coarse"]) <= LIMITS.fine_stages
    loads = sorted({users for users, _ in ran})
    below, above = max(u for u in loads if u <= knee), min(u for u in loads if u > knee)
    assert above / below < 1.35


def test_a_first_stage_that_is_saturated_leads_down() -> None:
    loads = [users for users, _ in climb(6, LIMITS)]
    assert loads[1] < loads[0]
    assert min(loads) <= 6


def test_a_queue_that_falls_behind_is_bracketed_although_latency_is_fine() -> None:
    loads = sorted({users for users, _ in climb(1e9, LIMITS, queue_at=130)})
    assert max(u for u in loads if u <= 130) >= 100
    assert max(loads) < 400


@pytest.mark.parametrize("stages", [0, 1, 3])
def test_the_plan_never_takes_more_stages_than_there_is_time_for(stages: int) -> None:
    assert len(climb(60, LIMITS, stages)) <= stages


def test_a_system_broken_by_one_user_is_given_up() -> None:
    ran = climb(0.2, Limits(first_users=15, max_users=400))
    assert ran[-1][0] == 1
    assert len(ran) <= 5


def test_errors_alone_end_the_climb() -> None:
    seen = [
        FinishedStage(15, 1.0, 0.0, False, 180, 12.0, "coarse"),
        FinishedStage(30, 1.0, 0.9, False, 360, 12.0, "coarse"),
    ]
    assert next_stage(seen, LIMITS, 9).purpose in ("fine", "repeat")


def test_latency_alone_does_not_end_a_climb_whose_counts_could_be_noise() -> None:
    few, many = (max(users for users, _ in climb(20, LIMITS, seconds=s)) for s in (4.0, 400.0))
    assert many == 30
    assert 30 < few <= 60


def test_throughput_that_follows_the_users_is_climbed_on_although_latency_bends_against_the_profile() -> None:
    ran = [
        FinishedStage(15, 0.94, 0.0, False, 150, 12.0, "coarse"),
        FinishedStage(24, 0.6, 0.0, False, 236, 12.0, "coarse"),
    ]
    assert next_stage(ran, LIMITS, 9).users > 36
    ran.append(FinishedStage(39, 0.4, 0.0, False, 200, 12.0, "coarse"))
    assert next_stage(ran, LIMITS, 9).purpose == "fine"


def test_without_a_stage_on_the_straight_line_one_lower_is_tried_once() -> None:
    ran = [
        FinishedStage(15, 0.85, 0.0, False, 150, 12.0, "coarse"),
        FinishedStage(39, 0.4, 0.0, False, 160, 12.0, "coarse"),
    ]
    assert next_stage(ran, LIMITS, 9).users == 7
    ran.append(FinishedStage(7, 0.9, 0.0, False, 80, 12.0, "coarse"))
    assert next_stage(ran, LIMITS, 9).purpose == "fine"


def test_where_a_bend_is_in_doubt_a_few_higher_loads_follow() -> None:
    seen = [
        FinishedStage(users, bent, 0.0, False, users * 10, 12.0, "coarse") for users, bent in ((15, 1.0), (60, 0.6))
    ]
    step = further(seen, LIMITS, 3, 0)
    assert step is not None and (step.users, step.purpose) == (84, "coarse")
    within = further(seen, Limits(15, 70), 1, 1)
    assert within is not None and within.users == 70
    assert further(seen, Limits(15, 60), 3, 0) is None  # no more may be asked for
    assert further(seen, LIMITS, 0, 0) is None  # no time
    assert further(seen, LIMITS, 3, 2) is None  # often enough
    assert further(seen[:1], LIMITS, 3, 0) is None  # nothing has bent
    failing = FinishedStage(60, 0.6, 0.7, False, 600, 12.0, "coarse")
    assert further([seen[0], failing], LIMITS, 3, 0) is None
    assert further([seen[0], FinishedStage(60, 0.6, 0.0, True, 600, 12.0, "coarse")], LIMITS, 3, 0) is None
