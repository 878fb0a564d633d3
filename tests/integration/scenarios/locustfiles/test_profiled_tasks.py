"""Each task is profiled by a user of its own class, alone, or is said not to have been."""

from __future__ import annotations

from pathlib import Path

from tests.integration.scenarios.locustfiles.any_path import AnyPath
from tests.integration.scenarios.locustfiles.conftest import LOCUSTFILES, Driven, driving

# What each task sends. Those of a task set with an order of its own are one task.
SENT = {
    "read": {"GET /read"},
    "write": {"POST /write"},
    "dashboard": {"GET /dashboard"},
    "by_dictionary": {"GET /by-dictionary"},
    "Weighted.by_list": {"GET /by-list"},
    "browse": {"GET /browse"},
    "deep": {"GET /deep"},
    "Shopper.by_list": {"GET /by-list"},
    "Buy": {"GET /basket", "POST /pay"},
    "look": {"GET /look"},
    "Walk": {"GET /first", "GET /second"},
    "quick": {"GET /quick"},
    "brief": {"GET /brief"},
    "forever": {"GET /forever-in-one-task"},
    "by_late_task": {"GET /late"},
    "pool": {"GET /pool"},
}


MIX = {"/read", "/dashboard", "/by-dictionary", "/look", "/own-choice", "/late"}


def window(driven: Driven, task: str, patience_s: float) -> tuple[float, float] | None:
    """From when to when a task was alone, some requests long; None where it was not in time."""
    driven.load.steer(users=1, spawn_rate=1, task=task)
    if not driven.listen(lambda: driven.load.focused == task, patience_s):
        return None
    driven.listen(lambda: False, 0.3)  # a request of the task before may still be on its way
    began, asked = driven.clock.now(), AnyPath.asked.total()
    assert driven.listen(lambda: AnyPath.asked.total() >= asked + 4)
    return began, driven.clock.now()


def test_each_task_is_profiled_by_a_user_of_its_own_class_or_told_not_to_be(any_path: str, tmp_path: Path) -> None:
    windows: dict[str, tuple[float, float]] = {}
    with driving(tmp_path, any_path, LOCUSTFILES / "classes.py", {"LOCUST_EXCLUDE_TAGS": "slow"}) as driven:
        assert driven.listen(lambda: driven.requests > 0), driven.log()
        for task in [*SENT, "never"]:
            if (found := window(driven, task, 2 if task == "never" else 15)) is not None:
                windows[task] = found
        driven.load.steer(users=40, spawn_rate=100)
        ramped = driven.clock.now()
        assert driven.listen(lambda: driven.users == 40)
        before = AnyPath.asked.copy()
        assert driven.listen(lambda: all(AnyPath.asked[path] > before[path] for path in MIX))
        driven.listen(lambda: False, 1)  # what was asked last has its answer
    rows = driven.rows()
    ended = [(row["endpoint"], row["start"] + row["latency_ms"] / 1000) for row in rows]
    sent = {task: {name for name, at in ended if began <= at <= end} for task, (began, end) in windows.items()}
    assert sent == SENT
    # `never` is not sent by users who choose for themselves; after the profile everybody does everything again.
    assert "never" in {row["task"] for row in driven.load.tasks()}
    mix = {name for name, at in ended if at > ramped}
    assert mix >= {f"GET {path}" for path in MIX}
    assert "GET /slow" not in mix
    scenario = driven.load.scenario
    assert {row["user"]: row["host"] for row in scenario["hosts"]} == {
        "CookieJar": "elsewhere.invalid:80", "Alias": "localhost:80",
    }  # fmt: skip
    assert {row["name"] for row in scenario["classes"] if row["lock_step"]} == {"Paced"}
    assert {row["name"]: row["fixed_count"] for row in scenario["classes"] if row["fixed_count"]} == {"Organizer": 3}


def test_a_task_set_that_never_ends_is_profiled_where_its_user_is_inside_already(any_path: str, tmp_path: Path) -> None:
    environment = {"LOCUST_USER_CLASSES": "Walker"}
    with driving(tmp_path, any_path, LOCUSTFILES / "classes.py", environment) as driven:
        assert driven.listen(lambda: driven.requests > 3), driven.log()
        driven.load.steer(users=1, spawn_rate=1, task="Walk")
        assert driven.listen(lambda: driven.load.focused == "Walk", 4)
